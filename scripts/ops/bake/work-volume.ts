import type { Volume } from '@aws-sdk/client-ec2';
import type { BakeEc2, Builder, VolumeRequest } from './bake-ec2.ts';
import { bakeFault, haltOf } from './bake-halt.ts';
import { bringAbout, type Sight, type Watch } from './bring-about.ts';

/** What is done to a volume on its way through a builder; each is asked for until it is seen. All throw `BakeHalt`. */
export interface WorkVolumes {
  /** Available, or attached already. Returns the id as soon as EC2 tells it, before it is available. */
  readonly create: (request: VolumeRequest, noted: (id: string) => Promise<void>) => Promise<string>;
  /** Returns the device it was attached as. */
  readonly attach: (volume: string, builder: Builder, wanted: string | undefined) => Promise<string>;
  readonly detach: (volume: string) => Promise<void>;
  readonly remove: (volume: string) => Promise<void>;
}

export function createWorkVolumes(ec2: BakeEc2, watch: Watch): WorkVolumes {
  const { patience, say } = watch;
  return {
    create: async (request, noted) => {
      say(`create a volume of ${request.snapshot} in ${request.zone}`);
      const answer = await ec2.createVolume(request);
      if (answer.kind === 'refused') throw haltOf(explained(answer.fault, answer.code), patience);
      const id = answer.value;
      await noted(id);
      const look = async (): Promise<Sight<string>> => {
        const volume = await ec2.volume(id);
        if (!volume) return { kind: 'absent' };
        if (volume.State === 'creating') return { kind: 'waiting', text: `${id} is being created` };
        if (volume.State === 'available' || volume.State === 'in-use') return { kind: 'there', value: id };
        return broken(id, `it is ${volume.State ?? 'in no state'}`, KEY_HINT);
      };
      return await bringAbout({ name: `create ${id}`, look }, watch);
    },

    attach: async (volume, builder, wanted) => {
      const unusable: string[] = [];
      let device = wanted ?? freeDevice(builder.devices, unusable);
      const look = async (): Promise<Sight<string>> => {
        const seen = await ec2.volume(volume);
        const at = attachmentOf(seen);
        if (!seen) return broken(volume, 'it is gone', 'See who deleted it.');
        if (!at) {
          if (device !== undefined) return { kind: 'absent' };
          return broken(volume, `${builder.id} has no free device name`, 'Detach what it no longer needs.');
        }
        if (at.InstanceId !== builder.id)
          return broken(volume, `${at.InstanceId ?? 'something else'} has it`, 'See who attached it.');
        if (at.State === 'attached') return { kind: 'there', value: at.Device ?? device ?? '' };
        return { kind: 'waiting', text: `${volume} is ${at.State ?? 'between states'}` };
      };
      return await bringAbout(
        {
          name: `attach ${volume} to ${builder.id} as ${device ?? 'nothing'}`,
          look,
          act: () => ec2.attach(volume, builder.id, device ?? ''),
          refused: ({ code }) => {
            if (code !== 'InvalidParameterValue' || wanted !== undefined || device === undefined)
              return false;
            unusable.push(device);
            device = unusable.length > MOST_DEVICES ? device : freeDevice(builder.devices, unusable);
            return unusable.length <= MOST_DEVICES;
          },
        },
        watch,
      );
    },

    detach: async (volume) => {
      let instance = '';
      const look = async (): Promise<Sight<void>> => {
        const seen = await ec2.volume(volume);
        const at = attachmentOf(seen);
        if (!seen || !at) return { kind: 'there', value: undefined };
        instance = at.InstanceId ?? '';
        if (at.State === 'attached') return { kind: 'absent' };
        if (at.State !== 'busy')
          return { kind: 'waiting', text: `${volume} is ${at.State ?? 'between states'}` };
        // EC2 lets go when it is unmounted; asking again does no harm, and Force would.
        return { kind: 'absent', text: `${volume} is busy: it is still mounted there, and never forced` };
      };
      await bringAbout(
        { name: `detach ${volume}`, look, looks: 2, act: () => ec2.detach(volume, instance) },
        watch,
      );
    },

    remove: async (volume) => {
      const look = async (): Promise<Sight<void>> => {
        const seen = await ec2.volume(volume);
        if (!seen || seen.State === 'deleted') return { kind: 'there', value: undefined };
        if (seen.State === 'deleting') return { kind: 'waiting', text: `${volume} is being deleted` };
        return { kind: 'absent' };
      };
      await bringAbout({ name: `delete ${volume}`, look, act: () => ec2.deleteVolume(volume) }, watch);
    },
  };
}

const KEY_HINT =
  'Of an encrypted base: the use of its KMS key has to be allowed (kms:CreateGrant, kms:Decrypt).';
/** A name that is refused is no reason to give up at once; what else may be meant by it is, in the end. */
const MOST_DEVICES = 3;

export function attachmentOf(volume: Volume | undefined) {
  return volume?.Attachments?.find(({ State }) => State !== 'detached');
}

const LETTERS = 'fghijklmnop'.split('');

/** `/dev/sdf` to `/dev/sdp`, which EC2 recommends for EBS; what the kernel makes of it is its own affair. */
function freeDevice(inUse: readonly string[], unusable: readonly string[]): string | undefined {
  const taken = new Set([...inUse, ...unusable].map((name) => name.replace(/^\/dev\/(?:sd|xvd)?/, '')));
  const letter = LETTERS.find((name) => !taken.has(name));
  return letter === undefined ? undefined : `/dev/sd${letter}`;
}

function broken(subject: string, cause: string, hint: string): Sight<never> {
  return { kind: 'broken', fault: bakeFault('LF_BAKE_STEP', subject, cause, hint) };
}

/** EC2 says of a snapshot that its owner did not share what it says of one that never was. */
function explained(fault: ReturnType<typeof bakeFault>, code: string): ReturnType<typeof bakeFault> {
  if (!code.startsWith('InvalidSnapshot')) return fault;
  return { ...fault, hint: 'The owner of the base has to share its snapshot, too, or copy the base first.' };
}
