import { createHash } from 'node:crypto';
import {
  CreateLaunchTemplateVersionCommand,
  DescribeLaunchTemplateVersionsCommand,
  ModifyLaunchTemplateCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import type { Caller } from './calls.ts';

export interface TemplateVersion {
  readonly number: number;
  readonly isDefault: boolean;
  /** An id, or `resolve:ssm:...`. */
  readonly image: string;
  readonly description: string;
}

/** The launch templates of one region, by id or name. All throw `CallRefused`. */
export interface LaunchTemplates {
  versions(template: string): Promise<readonly TemplateVersion[]>;
  /** Like `from` in all but the image. Returns its number; the same for the same request. */
  create(template: string, from: number, image: string, description: string): Promise<number>;
  makeDefault(template: string, version: number): Promise<void>;
}

export function createLaunchTemplates(client: EC2Client, caller: Caller): LaunchTemplates {
  return {
    versions: async (template) => {
      const found: TemplateVersion[] = [];
      let next: string | undefined;
      do {
        const page = await caller.ask('DescribeLaunchTemplateVersions', template, (abortSignal) =>
          client.send(
            new DescribeLaunchTemplateVersionsCommand({
              ...named(template),
              ...(next === undefined ? {} : { NextToken: next }),
            }),
            { abortSignal },
          ),
        );
        for (const version of page.LaunchTemplateVersions ?? [])
          found.push({
            number: version.VersionNumber ?? 0,
            isDefault: version.DefaultVersion ?? false,
            image: version.LaunchTemplateData?.ImageId ?? '',
            description: version.VersionDescription ?? '',
          });
        next = page.NextToken || undefined;
      } while (next !== undefined);
      return found;
    },
    create: async (template, from, image, description) => {
      const digest = createHash('sha256')
        .update(JSON.stringify([template, from, image]))
        .digest('hex');
      const { LaunchTemplateVersion } = await caller.ask('CreateLaunchTemplateVersion', template, () =>
        client.send(
          new CreateLaunchTemplateVersionCommand({
            ...named(template),
            SourceVersion: String(from),
            VersionDescription: description,
            LaunchTemplateData: { ImageId: image },
            ClientToken: `landfall-sync-${digest.slice(0, 40)}`,
          }),
        ),
      );
      return LaunchTemplateVersion?.VersionNumber ?? 0;
    },
    makeDefault: async (template, version) => {
      await caller.ask('ModifyLaunchTemplate', template, () =>
        client.send(new ModifyLaunchTemplateCommand({ ...named(template), DefaultVersion: String(version) })),
      );
    },
  };
}

function named(template: string) {
  return template.startsWith('lt-') ? { LaunchTemplateId: template } : { LaunchTemplateName: template };
}
