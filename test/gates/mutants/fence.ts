import type { Mutant } from '../../support/mutants.ts';

/**
 * Whatever the register and the fence do for the promise that nothing outlives the move, a test goes red when they do not.
 * What needs the executable is planted by hand (docs/faults.md).
 */
interface Switched extends Mutant {
  readonly tests: readonly string[];
}

const APPLIED = 'test/faults/fence-applied.test.ts';
const KINDS = 'test/store/fence-kinds.test.ts';
export const SHARED = 'test/store/shared-registers.test.ts';
const OF_DOCUMENT = [APPLIED, '-t', 'purge.*of an init document'];
const OF_DEPLOYMENT = [APPLIED, '-t', 'purge.*of deployments'];

export const FENCE_MUTANTS: readonly Switched[] = [
  {
    breaks: 'links are not registered',
    file: 'agent/apply/init/prepare.ts',
    from: "return [{ path, sha256: sha256Hex(content.target), kind: 'link' }];",
    to: 'return [];',
    tests: OF_DOCUMENT,
  },
  {
    breaks: 'folders that are made on the way are not registered',
    file: 'agent/apply/init/init-step.ts',
    from: 'registerFirst(host, [...folders, ...files])',
    to: 'registerFirst(host, [...folders.slice(0, 0), ...files])',
    tests: OF_DOCUMENT,
  },
  {
    breaks: 'members of an archive are not registered',
    file: 'agent/apply/init/archives.ts',
    from: 'registerFirst(run.host, members.value)',
    to: 'registerFirst(run.host, members.value.slice(0, 0))',
    tests: OF_DOCUMENT,
  },
  {
    breaks: 'a folder that an archive makes is not registered',
    file: 'agent/apply/init/archives.ts',
    from: 'registerFirst(run.host, [...made, treeAt(staging)])',
    to: 'registerFirst(run.host, [...made.slice(0, 0), treeAt(staging)])',
    tests: OF_DOCUMENT,
  },
  {
    breaks: 'what is half unpacked is not registered',
    file: 'agent/apply/init/archives.ts',
    from: 'registerFirst(run.host, [...made, treeAt(staging)])',
    to: 'registerFirst(run.host, made)',
    tests: OF_DOCUMENT,
  },
  {
    breaks: 'deployments are not registered',
    file: 'agent/apply/steps/deployment-step.ts',
    from: 'registerFirst(host, await entriesOf(directory, version))',
    to: 'registerFirst(host, (await entriesOf(directory, version)).slice(0, 0))',
    tests: OF_DEPLOYMENT,
  },
  {
    breaks: '`current` is not registered',
    file: 'agent/apply/steps/deployment-step.ts',
    from: "kind: 'link'",
    to: "kind: 'folder'",
    tests: OF_DEPLOYMENT,
  },
  {
    breaks: 'what hooks own is not registered',
    file: 'agent/apply/targets/registration.ts',
    from: '...Object.values(hooks).flat(), ',
    to: '...Object.values(hooks).flat().slice(0, 0), ',
    tests: ['test/apply/registration.test.ts'],
  },
  {
    breaks: 'what commands own is not removed',
    file: 'config-service/store/fence/entry-removal.ts',
    from: "return kind === 'tree' || kind === 'owned' ?",
    to: "return kind === 'tree' ?",
    tests: [KINDS],
  },
  {
    breaks: 'what is away is forgotten',
    file: 'config-service/store/fence/register-sweep.ts',
    from: 'awaited.push(...inFolder);',
    to: '',
    tests: [KINDS],
  },
  {
    breaks: 'nobody looks whether it came back',
    file: 'agent/daemon/boot/late-fence.ts',
    from: 'if (!came && !certainly && !held) return undefined;',
    to: 'if (!certainly && !held && came !== undefined) return undefined;',
    tests: ['test/daemon/late-fence.test.ts'],
  },
  {
    breaks: 'the mount table is not looked at',
    file: 'agent/daemon/boot/late-fence.ts',
    from: 'if (isChanged) return true;',
    to: '',
    tests: ['test/daemon/late-fence.test.ts'],
  },
  {
    breaks: 'what came to its place is taken for it',
    file: 'config-service/store/fence/entry-removal.ts',
    from: "if (!isOld && (expected === '' || sha256 !== expected)) return { kind: 'kept' };",
    to: '',
    tests: [KINDS],
  },
  {
    breaks: 'the register of a volume does not lie on it',
    file: 'config-service/store/folder/shared-registers.ts',
    from: 'places.get(`${mount}/${VOLUME_FOLDER}`)?.push(',
    to: 'places.get(`${mount}/none`)?.push(',
    tests: [SHARED],
  },
  {
    breaks: 'the register of a volume speaks of the whole host',
    file: 'config-service/store/folder/held-folder.ts',
    from: 'if (options.within !== undefined)',
    to: 'if (options.within === path)',
    tests: [SHARED],
  },
  {
    breaks: 'a register that others may write is believed',
    file: 'config-service/store/folder/shared-registers.ts',
    from: '(status.mode & 0o022) === 0',
    to: '(status.mode & 0o022) >= 0',
    tests: [SHARED],
  },
  {
    breaks: 'a daemon that runs is fenced',
    file: 'config-service/store/folder/shared-registers.ts',
    from: "if (!isSelf && other.startedAt !== '' &&",
    to: "if (!isSelf && other.startedAt === '' &&",
    tests: [SHARED],
  },
  {
    breaks: 'a link in the place of a file goes',
    file: 'config-service/store/fence/entry-removal.ts',
    from: "if (kind === 'link' ? !status.isSymbolicLink() : kind === 'file' && !status.isFile())",
    to: "if (kind === 'link' && !status.isSymbolicLink())",
    tests: [KINDS, 'test/store/fence-rendered.test.ts'],
  },
];
