import { namesRegion, setsVariables } from '../base/judges.ts';
import type { Check } from '../base/place.ts';
import { withoutLine } from './start-files.ts';

/** Registries and clusters that containers come from and belong to. */
export const CONTAINERS: Check = {
  name: 'containers',
  clean: 'no registry or cluster of another region',
  places: [
    {
      paths: ['~/.docker/config.json', '~/.config/containers/auth.json'],
      judge: namesRegion,
      weight: 'follows',
      wayOut: (path, { region }, { isOwn }) =>
        `${isOwn ? 'docker logout' : 'Take out'} the registry in ${region ?? 'it'}, and its helper: sudoedit ${path}`,
    },
    {
      paths: [
        '/etc/docker/*',
        '/etc/containerd/**/*.toml',
        '/etc/containers/*.conf',
        '/etc/containers/registries.conf.d/*',
        '/etc/kubernetes/**/*',
        '/var/lib/kubelet/kubeconfig',
        '/var/lib/kubelet/config.json',
        '/etc/eks/**/*.json',
        '~/.kube/config',
      ],
      judge: setsVariables,
      weight: 'follows',
      wayOut: withoutLine,
    },
  ],
};
