import { createHash } from 'node:crypto';
import {
  CreateLaunchTemplateVersionCommand,
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeTagsCommand,
  ModifyLaunchTemplateCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import type { Caller } from './calls.ts';

export interface TemplateVersion {
  /** The id of its template. */
  readonly template: string;
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
  /** The image of which a version was about to become the default, in a run that was stopped. @param template its id, as below. */
  making(template: string): Promise<string | undefined>;
  /** Before a version is made for it. */
  begin(template: string, image: string): Promise<void>;
  /** It is the default. */
  done(template: string): Promise<void>;
}

/** On a launch template, for as long as a version of it is on its way to be the default: the image. */
const MAKING_KEY = 'Sync-Making';

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
            template: version.LaunchTemplateId ?? template,
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
    making: async (template) => {
      const Filters = [
        { Name: 'resource-id', Values: [template] },
        { Name: 'key', Values: [MAKING_KEY] },
      ];
      const { Tags = [] } = await caller.ask('DescribeTags', template, (abortSignal) =>
        client.send(new DescribeTagsCommand({ Filters }), { abortSignal }),
      );
      return Tags[0]?.Value;
    },
    begin: async (template, image) => {
      const Tags = [{ Key: MAKING_KEY, Value: image }];
      await caller.ask('CreateTags', template, () =>
        client.send(new CreateTagsCommand({ Resources: [template], Tags })),
      );
    },
    done: async (template) => {
      await caller.ask('DeleteTags', template, () =>
        client.send(new DeleteTagsCommand({ Resources: [template], Tags: [{ Key: MAKING_KEY }] })),
      );
    },
  };
}

function named(template: string) {
  return template.startsWith('lt-') ? { LaunchTemplateId: template } : { LaunchTemplateName: template };
}
