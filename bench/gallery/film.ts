import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ulid } from 'ulid';
import type { Member } from '../../server/domain/rollout';
import { memberStateEvent } from '../../server/rollouts/member-events';
import type { MemberChange } from '../../server/stores/rollout-store';
import type { Stores, Transactor } from '../../server/stores';
import { COMING, CURRENT, PARALLEL } from '../fleet/plan';

export const FRAMES = 8;
const TURNS = 4;
const PAUSE_MS = 700;
const BROKEN_AT = 10;
const TITLE = /[<&]/g;

interface Drive {
  readonly transact: Transactor;
  readonly rolloutId: string;
}
/** A deployment like one that there was, for this member. */
const begin = async (stores: Stores, member: Member): Promise<string> => {
  const { knex } = stores;
  const [like = {}] = await knex('deployments as d')
    .join('instances as i', 'i.id', 'd.subject_id')
    .where({ 'd.rollout_id': member.rolloutId, 'i.app': member.app, 'd.state': 'succeeded' })
    .limit(1)
    .select<Readonly<Record<string, unknown>>[]>('d.*');
  const id = ulid();
  const copied = Object.fromEntries(Object.entries(like).filter(([name]) => name !== 'active_subject'));
  const now = knex.raw('UTC_TIMESTAMP(3)');
  const fresh = { id, subject_id: member.instanceId, state: 'running', position: 3, started_at: now, created_at: now };
  await knex('deployments').insert({ ...copied, ...fresh, ended_at: null, probes_sent: 20, probes_failed: 0 });
  const step = {
    deployment_id: id,
    position: 3,
    kind: 'switch_traffic',
    state: 'running',
    attempt: 1,
    started_at: now,
  };
  await knex('deployment_steps').insert(step);
  return id;
};
const settleDeployments = async (
  { knex }: Stores,
  members: readonly Member[],
  state: 'soaking' | 'succeeded' | 'failed',
): Promise<void> => {
  const ids = members.flatMap((one) => one.deploymentId ?? []);
  const ended = state === 'soaking' ? {} : { ended_at: knex.raw('UTC_TIMESTAMP(3)') };
  await knex('deployments')
    .whereIn('id', ids)
    .update({ state, ...ended });
};
const move = async (stores: Stores, members: readonly Member[], change: MemberChange): Promise<void> => {
  const moved: Member[] = [];
  for (const one of members) {
    await stores.rollouts.setMember(one.rolloutId, one.instanceId, change);
    moved.push({ ...one, ...change });
  }
  const serving = change.state === 'done' ? COMING : CURRENT;
  await stores.events.append(moved.map((one) => memberStateEvent(one, null, serving)));
};

/** One turn of a made-up worker: who soaked is done, who ran soaks, the next ones run. */
const turn = async ({ transact, rolloutId }: Drive, number: number): Promise<void> => {
  await transact.run(async (stores) => {
    const members = await stores.rollouts.members(rolloutId);
    const of = (state: Member['state']): readonly Member[] => members.filter((one) => one.state === state);
    const [soaking, running, waiting] = [of('soaking'), of('running'), of('pending').slice(0, PARALLEL)];
    const broken = number === BROKEN_AT ? soaking.slice(0, 1) : [];
    const sound = soaking.filter((one) => !broken.includes(one));
    await settleDeployments(stores, sound, 'succeeded');
    await settleDeployments(stores, broken, 'failed');
    await settleDeployments(stores, running, 'soaking');
    const steps = members.find((one) => one.steps > 0)?.steps ?? 8;
    await move(stores, sound, { state: 'done', step: steps });
    await move(stores, broken, {
      state: 'quarantined',
      reason: { code: 'http_status', params: { status: 500, path: '/' } },
    });
    await move(stores, running, { state: 'soaking', step: steps - 1 });
    for (const one of waiting) {
      const deploymentId = await begin(stores, one);
      await move(stores, [one], { state: 'running', step: Math.ceil(steps / 2), steps, deploymentId });
    }
  });
};

const compose = async (browser: Browser, frames: readonly Buffer[], captions: readonly string[]): Promise<Buffer> => {
  const page = await browser.newPage({ viewport: { width: 1640, height: 900 } });
  const cells = frames.map((image, index) => {
    const caption = (captions[index] ?? '').replace(TITLE, '');
    return `<figure><img src="data:image/png;base64,${image.toString('base64')}" width="800" alt=""><figcaption>${index + 1}. ${caption}</figcaption></figure>`;
  });
  await page.setContent(
    `<style>body{margin:12px;display:grid;grid-template-columns:800px 800px;gap:12px;background:#333;color:#fff;font:14px sans-serif}figure{margin:0}</style>${cells.join('')}`,
    { waitUntil: 'load' },
  );
  const strip = await page.screenshot({ fullPage: true });
  await page.context().close();
  return strip;
};

/** Drives the rollout and keeps what the open board shows on the way, as one picture: nothing is loaded again between the frames. */
export const filmBoard = async (browser: Browser, board: Page, drive: Drive, out: string): Promise<string> => {
  const frames: Buffer[] = [];
  const captions: string[] = [];
  const began = Date.now();
  // High enough for the tiles that move.
  await board.setViewportSize({ width: 1280, height: 1700 });
  for (let frame = 0; frame < FRAMES; frame += 1) {
    if (frame > 0) for (let count = 0; count < TURNS; count += 1) await turn(drive, frame * TURNS + count);
    await board.waitForTimeout(PAUSE_MS);
    frames.push(await board.screenshot({ caret: 'hide' }));
    const done = (await board.locator('[data-n=done]').first().textContent()) ?? '';
    captions.push(`${((Date.now() - began) / 1000).toFixed(1)} s, ${done.trim()} selesai`);
  }
  const file = 'papan-film.png';
  writeFileSync(path.join(out, file), await compose(browser, frames, captions));
  return file;
};
