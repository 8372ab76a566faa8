import { renderConfig, type ConfigInput } from '../../../provisioners/proxies/haproxy/config';

const INVALID = expect.objectContaining({ code: 'invalid' }) as Error;

const input: ConfigInput = {
  runFolder: '/srv/sp/run/proxy',
  listen: { http: 8080, https: 8443 },
  publicPorts: { http: 80, https: 443 },
  dashboardSocket: null,
  pagesHash: 'p',
};

describe('the configuration', () => {
  it('carries its own hash, which changes with every input', () => {
    const { text, hash } = renderConfig(input);
    expect(text).toContain(`description ${hash}`);
    const others = [
      { pagesHash: 'q' },
      { dashboardSocket: '/run/x.sock' },
      { runFolderInside: '/run/sp' },
      { publicPorts: { http: 80, https: 8443 } },
    ];
    expect(new Set([hash, ...others.map((other) => renderConfig({ ...input, ...other }).hash)]).size).toBe(5);
    expect(renderConfig({ ...input }).hash).toBe(hash);
  });

  it('names the public port in redirects only when it is not the usual one', () => {
    expect(renderConfig(input).text).toContain('prefix https://%[var(txn.host)] if');
    expect(renderConfig({ ...input, publicPorts: { http: 80, https: 8443 } }).text).toContain(
      'prefix https://%[var(txn.host)]:8443 if',
    );
  });

  it('names sockets as the process sees them', () => {
    const { text } = renderConfig({
      ...input,
      runFolderInside: '/run/sp',
      dashboardSocket: '/srv/sp/run/proxy/web/web.sock',
    });
    expect(text).toContain('stats socket /run/sp/runtime.sock mode 600');
    expect(text).toContain('unix@/run/sp/web/web.sock');
    expect(text).not.toContain('/srv/sp');
  });

  it('never logs a query string, and overwrites what a visitor claims to be', () => {
    const { text } = renderConfig(input);
    expect(/log-format .*/.exec(text)?.[0]).not.toMatch(/%(HU|HQ|r|\{.*\}r)\b/);
    // Plain HTTP reaches no app and not the dashboard: nothing has to be overwritten there.
    expect(text.match(/set-header X-Forwarded-For %\[src\]/g)).toHaveLength(1);
    expect(/frontend http\n[\s\S]*?\n\n/.exec(text)?.[0]).not.toContain('backend');
    expect(text).not.toContain('X-Siappakai-Key');
  });

  it.each([
    ['a socket outside the shared folder', { runFolderInside: '/run/sp', dashboardSocket: '/run/other.sock' }],
    ['a socket that climbs out', { dashboardSocket: '/srv/sp/run/proxy/../x.sock' }],
    ['a socket with a line break', { dashboardSocket: '/srv/x\n.sock' }],
    ['a relative folder', { runFolder: 'run' }],
    ['port 0', { listen: { http: 0, https: 8443 } }],
    ['a broken address', { listen: { address: 'localhost', http: 1, https: 2 } }],
  ])('refuses %s', (_, change) => {
    expect(() => renderConfig({ ...input, ...change })).toThrow(INVALID);
  });
});
