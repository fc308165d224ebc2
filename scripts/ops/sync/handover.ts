import { LandfallError } from '#kit/errors.ts';
import type { Job } from './job.ts';
import type { LaunchTemplates } from './launch-templates.ts';
import { mapSays, writeMap } from './map-file.ts';
import type { Parameters } from './parameters.ts';
import type { RegionProgress } from './region-progress.ts';

/** How a region comes to use a copy that is available there. */
export interface Handover {
  readonly job: Job;
  readonly region: string;
  /** Identifier of the copy. */
  readonly id: string;
  readonly sourceId: string;
  /** It was made by this run, or by one that was stopped: what was handed over before is no answer to it. */
  readonly isNew: boolean;
  readonly isPlan: boolean;
  readonly parameters: Parameters;
  readonly templates: LaunchTemplates;
  readonly progress: RegionProgress;
}

/**
 * Writes the id of the copy wherever the job says. Each is read first, so that a run with nothing to do writes nothing; one that
 * fails is an error of this region and stops neither the others nor what the copy needs. What somebody set back since it had
 * this id stays as it is: a nightly run must not undo a rollback.
 */
export async function handOver(handover: Handover): Promise<void> {
  const { job, region, progress } = handover;
  const { parameters, templates, mapFile } = job.uses;
  const parameter = parameters.get(region);
  const template = templates.get(region);
  const steps: (() => Promise<void>)[] = [];
  if (parameter !== undefined) steps.push(() => setParameter(handover, parameter));
  if (template !== undefined) steps.push(() => setTemplate(handover, template));
  if (mapFile !== undefined) steps.push(() => setMap(handover, mapFile));
  for (const step of steps)
    try {
      await step();
    } catch (error) {
      progress.failed(error, `hand over ${handover.id}`);
    }
}

/** Before there is a copy: what a plan says will name it. */
export function planHandover({ uses }: Job, region: string, progress: RegionProgress): void {
  const parameter = uses.parameters.get(region);
  const template = uses.templates.get(region);
  if (parameter !== undefined) progress.handedOver(`parameter ${parameter}`);
  if (template !== undefined) progress.handedOver(`launch template ${template}`);
  if (uses.mapFile !== undefined) progress.handedOver(uses.mapFile);
}

async function setParameter(handover: Handover, name: string): Promise<void> {
  const { job, region, id, isNew, isPlan, parameters, progress } = handover;
  const there = await parameters.read(name);
  if (there?.value === id) return;
  if (there?.isSecret === true)
    throw refused(`parameter ${name} in ${region}`, 'it is a SecureString, and an id is no secret');
  if (there && !isNew && (await parameters.had(name, id))) {
    progress.warn(`parameter ${name} was set back to ${there.value}, and stays so`);
    return;
  }
  const dataType = there?.dataType ?? (job.type === 'ec2_ami' ? 'aws:ec2:image' : 'text');
  if (!isPlan) await parameters.write(name, id, dataType);
  progress.handedOver(`parameter ${name}`);
}

async function setTemplate(handover: Handover, template: string): Promise<void> {
  const { region, id, sourceId, isNew, isPlan, templates, progress } = handover;
  const versions = await templates.versions(template);
  const standing = versions.find(({ isDefault }) => isDefault);
  if (!standing) throw refused(`launch template ${template} in ${region}`, 'it has no default version');
  const owner = standing.template;
  if (standing.image === id) {
    if (!isPlan && (await templates.making(owner)) === id) await templates.done(owner);
    return;
  }
  if (standing.image.startsWith('resolve:')) {
    progress.warn(`launch template ${template} takes its image from ${standing.image}, and stays so`);
    return;
  }
  const earlier = versions.filter(({ image }) => image === id).toSorted((a, b) => b.number - a.number)[0];
  // A version of it that is not the default: somebody went back, unless a run was stopped before it came to be the default.
  if (earlier && !isNew && (await templates.making(owner)) !== id) {
    progress.warn(
      `version ${earlier.number} of launch template ${template} has ${id}, its default is ${standing.number}, and stays so`,
    );
    return;
  }
  if (!isPlan) {
    await templates.begin(owner, id);
    const version =
      earlier?.number ??
      (await templates.create(template, standing.number, id, `landfall-ops sync, copy of ${sourceId}`));
    await templates.makeDefault(template, version);
    await templates.done(owner);
    progress.handedOver(`version ${version} of launch template ${template}`);
  } else progress.handedOver(`launch template ${template}`);
}

async function setMap({ job, region, id, isPlan, progress }: Handover, path: string): Promise<void> {
  if (await mapSays(path, job.name, region, id)) return;
  if (!isPlan) await writeMap(path, job.name, region, id);
  progress.handedOver(path);
}

function refused(subject: string, cause: string): LandfallError {
  return new LandfallError({
    code: 'LF_SYNC_USE',
    operation: 'hand over to',
    subject,
    cause,
    hint: 'Put it right, and run it again; the copy itself is there.',
  });
}
