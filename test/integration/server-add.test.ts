import { randomBytes, randomInt } from 'node:crypto';
import { createServer, type Server as TcpServer } from 'node:net';
import type { HostKey, SshAddress, SshLogin, SshSession } from '../../provisioners/contracts';
import { sshMachines } from '../../provisioners/servers';
import { TERMINAL } from '../../server/domain/actor';
import { AuditService } from '../../server/services/audit-service';
import { ServerService } from '../../server/services/server-service';
import { startControlDatabase, type ControlDatabase } from '../helpers/control-database';
import { startSshd, type LocalSshd } from '../helpers/local-sshd';
import { freePort } from '../helpers/private-server';

jest.setTimeout(60_000);
let sshd: LocalSshd;
const address = (port = sshd.port): SshAddress => ({ host: '127.0.0.1', port, user: 'root' });
const key = (): SshLogin => ({ kind: 'key', privateKey: sshd.privateKey });
const pinned = (): HostKey => ({ type: 'ssh-ed25519', fingerprint: sshd.fingerprint });
const open = (): Promise<SshSession> => sshMachines.connect(address(), key(), pinned());

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

describe('commands through sshd and its shell', () => {
  const WEIRD = [
    '',
    ' ',
    "'",
    '"',
    '\\',
    "'\\''",
    '$HOME',
    '`id`',
    '$(id)',
    '!!',
    '*',
    '~',
    '~root',
    '#',
    ';',
    '&',
    '|',
    '>',
    '<',
    '\n',
    '\r\n',
    '\t',
    '-n',
    '--',
    'a b',
    "it's",
    '{a,b}',
    '[a-z]*',
    '%s%n',
    '\\n',
    '\u0007',
    '\u001b[31m',
    'é 🌾 \u202e',
    'a=b',
    "'; touch /tmp/x; '",
    '\u{7f}',
    '${IFS}',
    "$'\\x41'",
    '^x^y',
  ];

  test('every argument arrives as it was', async () => {
    const session = await open();
    const alphabet = Array.from(`'"\\$\`!*?[]{}()<>|&;~#%^=+- \n\t\rabc09é€🌾`);
    const random = Array.from({ length: 400 }, () =>
      Array.from({ length: randomInt(1, 40) }, () => alphabet[randomInt(alphabet.length)]).join(''),
    );
    for (const batch of [WEIRD, random]) {
      const { stdout, exitCode } = await session.run({ argv: ['printf', String.raw`%s\0`, ...batch] });
      expect(exitCode).toBe(0);
      expect(stdout.split('\0').slice(0, -1)).toEqual(batch);
    }
    session.close();
  });

  test('a command is found by its name only, never run as code', async () => {
    const session = await open();
    for (const name of ['true; false', '$(true)', 'A=b', '~/x'])
      expect((await session.run({ argv: [name] })).exitCode).toBe(127);
    session.close();
  });

  test('exit code, both outputs and standard input', async () => {
    const session = await open();
    const result = await session.run({ argv: ['sh', '-c', 'cat; echo oops >&2; exit 7'], stdin: 'é'.repeat(50_000) });
    expect(result).toEqual({ exitCode: 7, stdout: 'é'.repeat(50_000), stderr: 'oops\n' });
    const flood = await session.run({ argv: ['head', '-c', '3000000', '/dev/zero'] });
    expect(flood.stdout.length).toBe(1024 * 1024);
    session.close();
  });

  test('a command that hangs ends with its time', async () => {
    const session = await open();
    const run = session.run({ argv: ['sleep', '30'], timeoutMs: 300 });
    await expect(run).rejects.toMatchObject({ code: 'timeout' });
    await expect(session.run({ argv: ['true'] })).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('a connection that breaks under a command is unreachable, and nothing else breaks', async () => {
    const session = await open();
    const work = session.run({ argv: ['sh', '-c', 'kill -9 $PPID; sleep 5'] });
    await expect(work).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('first contact', () => {
  test('shows the key that ssh-keygen shows', async () => {
    expect(await sshMachines.readHostKeys(address())).toEqual([pinned()]);
  });

  test.each(['rsa', 'ecdsa'] as const)('a machine that has only an %s key', async (hostKey) => {
    const other = await startSshd({ hostKey });
    try {
      const [found, ...rest] = await sshMachines.readHostKeys(address(other.port));
      expect(rest).toEqual([]);
      expect(found?.fingerprint).toBe(other.fingerprint);
      const session = await sshMachines.connect(
        address(other.port),
        { kind: 'key', privateKey: other.privateKey },
        found!,
      );
      expect((await session.run({ argv: ['id', '-u'] })).stdout).toBe('0\n');
      session.close();
    } finally {
      await other.stop();
    }
  });

  test('another key later is refused before anything secret is sent', async () => {
    const wrong = { ...pinned(), fingerprint: `SHA256:${'A'.repeat(43)}` };
    const before = sshd.log().length;
    const logins: SshLogin[] = [{ kind: 'password', password: 'never-to-be-sent' }, key()];
    for (const login of logins) {
      await expect(sshMachines.connect(address(), login, wrong)).rejects.toMatchObject({
        code: 'refused',
        details: { reason: 'host_key', expected: wrong.fingerprint, actual: sshd.fingerprint },
      });
      await expect(sshMachines.connect(address(), login, { ...wrong, type: 'rsa' })).rejects.toMatchObject({
        details: { reason: 'host_key', actual: null },
      });
    }
    expect(sshd.log().slice(before)).not.toMatch(/Failed|Accepted|Postponed|invalid user/);
    (await open()).close();
    expect(sshd.log().slice(before)).toMatch(/Accepted publickey for root/);
  });
});

describe('what can go wrong', () => {
  test('wrong password and foreign key', async () => {
    const wrong: SshLogin = { kind: 'password', password: randomBytes(8).toString('hex') };
    await expect(sshMachines.connect(address(), wrong, pinned())).rejects.toMatchObject({
      code: 'refused',
      details: { reason: 'credentials', user: 'root' },
    });
    await expect(
      sshMachines.connect(address(), { kind: 'key', privateKey: 'not a key' }, pinned()),
    ).rejects.toMatchObject({ code: 'invalid', details: { reason: 'private_key' } });
  });

  test('closed port, unknown name', async () => {
    const closed = address(await freePort());
    await expect(sshMachines.readHostKeys(closed)).rejects.toMatchObject({
      code: 'unreachable',
      details: { reason: 'port_closed' },
    });
    const nowhere = { ...address(), host: 'nowhere.invalid' };
    await expect(sshMachines.readHostKeys(nowhere)).rejects.toMatchObject({ details: { reason: 'name_unknown' } });
  });

  test('a port where something else listens', async () => {
    const server: TcpServer = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await expect(sshMachines.readHostKeys(address(port))).rejects.toMatchObject({ code: 'unreachable' });
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('server add', () => {
  let control: ControlDatabase;
  let servers: ServerService;
  beforeAll(async () => {
    control = await startControlDatabase();
    servers = new ServerService({ transactor: control.transactor, access: sshMachines });
  });
  afterAll(() => control.stop());
  beforeEach(async () => {
    await control.clear();
    for (const name of ['docker', 'id', 'sudo', 'date', 'nproc'])
      sshd.costume(name, `exec /usr/bin/env -u x PATH=/usr/sbin:/usr/bin:/sbin:/bin ${name} "$@"`);
    sshd.costume('docker', 'case "$1" in --version) echo Docker;; info) echo "20.10.24|overlay2|true|2";; esac');
  });
  const input = () => ({
    name: 'kebumen-2',
    host: '127.0.0.1',
    user: 'root',
    port: sshd.port,
    hostKey: sshd.fingerprint,
    login: key(),
  });
  const codes = (server: Awaited<ReturnType<ServerService['add']>>): string[] =>
    (server.facts?.findings ?? []).map((one) => one.code);

  test('asks for the fingerprint first, then pins it and stores what it saw', async () => {
    await expect(servers.add(TERMINAL, { ...input(), hostKey: null })).rejects.toMatchObject({
      code: 'host_key_unconfirmed',
      params: { fingerprint: sshd.fingerprint, type: 'ssh-ed25519' },
    });
    expect(await servers.list(TERMINAL)).toEqual([]);
    const server = await servers.add(TERMINAL, input());
    expect(server.hostKey).toBe(`ssh-ed25519 ${sshd.fingerprint}`);
    expect(server.facts?.facts).toMatchObject({
      osId: 'debian',
      arch: 'x86_64',
      elevation: 'root',
      engine: 'running',
      engineVersion: '20.10.24',
      liveRestore: true,
    });
    expect(Math.abs(Number(server.facts?.facts['skewSeconds']))).toBeLessThanOrEqual(2);
    expect(Number(server.facts?.facts['memoryBytes'])).toBeGreaterThan(1024 ** 3);
    expect(codes(server).filter((code) => /os_|arch_|engine|sudo|clock/.test(code))).toEqual([]);
    expect((await servers.list(TERMINAL)).map((one) => one.name)).toEqual(['kebumen-2']);
    const written = JSON.stringify([await control.db('servers'), await control.db('audit')]);
    expect(written).not.toContain('PRIVATE KEY');
    expect(await new AuditService(control.transactor).verify(TERMINAL)).toMatchObject({ intact: true, entries: 1 });
  });

  test('the same again is a check; the same name for another machine is refused', async () => {
    const first = await servers.add(TERMINAL, input());
    expect((await servers.add(TERMINAL, { ...input(), hostKey: null })).id).toBe(first.id);
    await expect(servers.add(TERMINAL, { ...input(), host: 'localhost' })).rejects.toMatchObject({
      code: 'name_taken',
    });
  });

  test('a fingerprint that is not the machine’s is refused', async () => {
    await expect(servers.add(TERMINAL, { ...input(), hostKey: `SHA256:${'B'.repeat(43)}` })).rejects.toMatchObject({
      code: 'host_key_changed',
    });
  });

  test('no sudo, no engine, wrong clock: kept, unfit, with a finding each', async () => {
    sshd.costume('id', 'echo 1000');
    sshd.costume('sudo', 'echo "sudo: a password is required" >&2; exit 1');
    sshd.costume('docker', 'exit 127');
    sshd.costume('date', 'echo 1000000000');
    const server = await servers.add(TERMINAL, input());
    expect(server.state).toBe('unfit');
    expect(codes(server)).toEqual(expect.arrayContaining(['sudo_missing', 'engine_missing', 'clock_off']));
    sshd.costume('docker', '[ "$1" = --version ]');
    expect(codes(await servers.check(TERMINAL, 'kebumen-2', key()))).toContain('engine_silent');
  });

  test('sudo with the password of the login, which stays off the command line', async () => {
    sshd.costume('id', 'echo 1000');
    sshd.costume(
      'sudo',
      '[ "$1" = -n ] && exit 1; case "$*" in *rahasia*) exit 9;; esac; read -r got; [ "$got" = "rahasia \'x" ]',
    );
    const session = await open();
    const asked = await sshMachines.inspect(session, { kind: 'password', password: "rahasia 'x" });
    expect(asked.elevation).toBe('sudo');
    expect((await sshMachines.inspect(session, { kind: 'password', password: 'wrong' })).elevation).toBe('none');
    session.close();
  });

  test('a machine that went away is marked; one with a new key is refused with both keys', async () => {
    const other = await startSshd();
    const login: SshLogin = { kind: 'key', privateKey: other.privateKey };
    await servers.add(TERMINAL, { ...input(), port: other.port, hostKey: other.fingerprint, login });
    await other.stop();
    await expect(servers.check(TERMINAL, 'kebumen-2', login)).rejects.toMatchObject({ code: 'ssh_unreachable' });
    expect(await servers.find(TERMINAL, 'kebumen-2')).toMatchObject({
      state: 'unreachable',
      facts: { facts: { osId: 'debian' } },
    });
    const impostor = await startSshd({ port: other.port });
    await expect(servers.check(TERMINAL, 'kebumen-2', login)).rejects.toMatchObject({
      code: 'host_key_changed',
      params: { expected: other.fingerprint, actual: impostor.fingerprint },
    });
    await impostor.stop();
  });

  test('wrong login, bad input, and no rights', async () => {
    const wrong: SshLogin = { kind: 'password', password: 'x' };
    await expect(servers.add(TERMINAL, { ...input(), login: wrong })).rejects.toMatchObject({ code: 'ssh_refused' });
    await expect(servers.add(TERMINAL, { ...input(), host: '-oProxyCommand=x' })).rejects.toMatchObject({
      field: 'host',
    });
    await expect(servers.add(TERMINAL, { ...input(), name: 'A b' })).rejects.toMatchObject({ field: 'name' });
    const observer = { ...TERMINAL, role: 'observer' as const };
    await expect(servers.add(observer, input())).rejects.toMatchObject({ code: 'not_allowed' });
    expect(await servers.list(observer)).toEqual([]);
  });

  test('a machine is forgotten', async () => {
    await servers.add(TERMINAL, input());
    await servers.remove(TERMINAL, 'kebumen-2');
    expect(await servers.list(TERMINAL)).toEqual([]);
    await expect(servers.remove(TERMINAL, 'kebumen-2')).rejects.toMatchObject({ code: 'not_found' });
  });
});
