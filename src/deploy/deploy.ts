import { forEachConcurrently } from '../concurrency.js';
import { messageOf, StaticGeneratorError } from '../errors.js';
import { type DeployPlan, planDeploy } from './plan.js';
import { type DeployRecord, type RecordedFile, readRecord, writeRecord } from './record.js';
import { bodyOf, OWN_PREFIX, type SourceFile } from './source.js';
import type { DeployTarget } from './target.js';

export interface DeployOptions {
  /** Takes over a target that has files and no record: the site then owns them. */
  readonly adopt: boolean;
  /** Also uploads what has not changed. */
  readonly force: boolean;
  readonly concurrency: number;
}

/** Called with the progress: first the number of uploads, verifications and removals, then after each. */
export interface DeployListener {
  onPlan(steps: number): void;
  onStep(): void;
}

/** Everything about a target that a deployment needs before it begins. */
export interface PreparedDeploy {
  readonly plan: DeployPlan;
  readonly record: DeployRecord;
}

/**
 * Compares, and changes nothing. Rejects with `ERR_DEPLOY_FOREIGN` if the target has files but no record of a
 * deployment, unless `adopt` is set, and with `ERR_DEPLOY_FAILED` if a foreign file is in the way of one of the site.
 */
export async function prepareDeploy(
  target: DeployTarget,
  files: readonly SourceFile[],
  { adopt, force }: Pick<DeployOptions, 'adopt' | 'force'>,
): Promise<PreparedDeploy> {
  const deployed = new Map<string, string>();
  for await (const { key, revision } of target.list()) deployed.set(key, revision);
  const record = (await readRecord(target)) ?? takeOver(target, deployed, adopt);
  const plan = planDeploy(files, deployed, { record, force });
  if (target.hasFolders) refuseForeignInTheWay(target, plan);
  return { plan, record };
}

function refuseForeignInTheWay({ name }: DeployTarget, { inTheWay, foreign }: DeployPlan): void {
  const isForeign = new Set(foreign);
  for (const [key, blockers] of inTheWay) {
    const blocker = blockers.find((one) => isForeign.has(one));
    if (blocker === undefined) continue;
    throw new StaticGeneratorError(
      'ERR_DEPLOY_FAILED',
      `${key} cannot be written to ${name}: ${blocker} is in the way, and no deployment of this package wrote it. Move it elsewhere and deploy again. Nothing was changed`,
      { fields: { path: key } },
    );
  }
}

function takeOver(target: DeployTarget, deployed: ReadonlyMap<string, string>, adopt: boolean): DeployRecord {
  const keys = [...deployed.keys()].filter((key) => !key.startsWith(OWN_PREFIX));
  if (!adopt && keys.length > 0) {
    throw new StaticGeneratorError(
      'ERR_DEPLOY_FOREIGN',
      `${target.name} contains ${keys.length} files that no deployment of this package wrote, such as ${keys.slice(0, 3).join(', ')}. Name an empty target, or take this one over with --adopt, which deletes all files that are not part of the site (--adopt --dry-run lists them)`,
      { fields: { target: target.name, found: keys.slice(0, 10) } },
    );
  }
  return new Map(keys.map((key) => [key, { fingerprint: '', revision: deployed.get(key) ?? '' }]));
}

/**
 * Uploads what is new or has changed, and verifies it. Only then deletes what an earlier deployment wrote and the site
 * no longer has, except for what is in the way of a new file. If something fails, rejects with `ERR_DEPLOY_FAILED`, and
 * no file that is still in use is deleted.
 */
export async function deploy(
  target: DeployTarget,
  { plan, record }: PreparedDeploy,
  options: DeployOptions & { readonly listener: DeployListener },
): Promise<void> {
  const uploads = [...plan.added, ...plan.changed];
  const { concurrency, listener } = options;
  listener.onPlan(uploads.length * 2 + plan.orphans.length);
  if (uploads.length + plan.orphans.length === 0 && record.size > 0) return;
  await writeRecord(target, beforeUploads(record, uploads));
  const revisions = await uploadAll(target, plan, options);
  await writeRecord(target, afterUploads(plan, record, revisions));
  await forEachConcurrently(plan.orphans, concurrency, async (key) => {
    await step(`${key} could not be deleted from ${target.name}`, key, () => target.remove(key));
    listener.onStep();
  });
  if (plan.orphans.length > 0) await writeRecord(target, withoutOrphans(plan, record, revisions));
}

async function uploadAll(
  target: DeployTarget,
  { added, changed, inTheWay }: DeployPlan,
  { concurrency, listener }: DeployOptions & { readonly listener: DeployListener },
): Promise<ReadonlyMap<string, string>> {
  const uploads = [...added, ...changed];
  const revisions = new Map<string, string>();
  await forEachConcurrently(uploads, concurrency, async (file) => {
    const { key } = file;
    const write = async () => await target.write(file, await bodyOf(file), inTheWay.get(key));
    revisions.set(key, await step(`${key} could not be written to ${target.name}`, key, write));
    listener.onStep();
  });
  await forEachConcurrently(uploads, concurrency, async (file) => {
    const { key } = file;
    const verify = async () => await target.verify(file, await bodyOf(file), revisions.get(key) ?? '');
    await step(`${key} in ${target.name} differs from what was written`, key, verify);
    listener.onStep();
  });
  return revisions;
}

async function step<T>(failure: string, key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = `${failure}: ${messageOf(error)}. No file that is still in use was deleted; deploy again`;
    throw new StaticGeneratorError('ERR_DEPLOY_FAILED', message, { cause: error, fields: { path: key } });
  }
}

/** Records what is about to be written as ours, whatever happens to this process. */
function beforeUploads(record: DeployRecord, uploads: readonly SourceFile[]): DeployRecord {
  const merged = new Map(record);
  for (const { key } of uploads) merged.set(key, { fingerprint: '', revision: '' });
  return merged;
}

/** Orphans stay on record until they are deleted. */
function afterUploads(
  plan: DeployPlan,
  record: DeployRecord,
  revisions: ReadonlyMap<string, string>,
): DeployRecord {
  const orphans = plan.orphans.map((key) => [key, record.get(key) ?? NOTHING] as const);
  return new Map([...withoutOrphans(plan, record, revisions), ...orphans]);
}

const NOTHING: RecordedFile = { fingerprint: '', revision: '' };

function withoutOrphans(
  plan: DeployPlan,
  record: DeployRecord,
  revisions: ReadonlyMap<string, string>,
): DeployRecord {
  const uploaded = [...plan.added, ...plan.changed].map(
    ({ key, fingerprint }) => [key, { fingerprint, revision: revisions.get(key) ?? '' }] as const,
  );
  const same = plan.unchanged.map(({ key }) => [key, record.get(key) ?? NOTHING] as const);
  return new Map([...same, ...uploaded]);
}
