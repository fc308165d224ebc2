import { type AutoScalingClient, DescribeLaunchConfigurationsCommand } from '@aws-sdk/client-auto-scaling';
import {
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import type { Caller } from './calls.ts';

/** Who in a region would miss these images: id to the name of one user. @throws CallRefused: not knowing is not "nobody". */
export type ImageUsers = (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Instances, every version of every launch template, launch configurations; and with those all Auto Scaling groups. */
export function createImageUsers(ec2: EC2Client, autoScaling: AutoScalingClient, caller: Caller): ImageUsers {
  return async (ids) => {
    const wanted = new Set(ids);
    const users = new Map<string, string>();
    const note = (id: string | undefined, user: string): void => {
      if (id !== undefined && wanted.has(id) && !users.has(id)) users.set(id, user);
    };
    await pages(async (NextToken) => {
      const Filters = [{ Name: 'image-id', Values: [...ids] }];
      const page = await caller.ask('DescribeInstances', ids.join(', '), (abortSignal) =>
        ec2.send(new DescribeInstancesCommand({ Filters, ...NextToken }), { abortSignal }),
      );
      for (const { Instances = [] } of page.Reservations ?? [])
        for (const { ImageId, InstanceId, State } of Instances)
          if (State?.Name !== 'terminated') note(ImageId, InstanceId ?? 'an instance');
      return page.NextToken;
    });
    for (const { id, name } of await launchTemplates(ec2, caller))
      await versions(ec2, caller, id, false, (image, version) => note(image, `${name} version ${version}`));
    await pages(async (NextToken) => {
      const page = await caller.ask('DescribeLaunchConfigurations', 'launch configurations', (abortSignal) =>
        autoScaling.send(new DescribeLaunchConfigurationsCommand(NextToken), { abortSignal }),
      );
      for (const { ImageId, LaunchConfigurationName } of page.LaunchConfigurations ?? [])
        note(ImageId, `launch configuration ${LaunchConfigurationName ?? ''}`);
      return page.NextToken;
    });
    return users;
  };
}

async function launchTemplates(ec2: EC2Client, caller: Caller) {
  const found: { readonly id: string; readonly name: string }[] = [];
  await pages(async (NextToken) => {
    const page = await caller.ask('DescribeLaunchTemplates', 'launch templates', (abortSignal) =>
      ec2.send(new DescribeLaunchTemplatesCommand(NextToken), { abortSignal }),
    );
    for (const { LaunchTemplateId, LaunchTemplateName } of page.LaunchTemplates ?? [])
      if (LaunchTemplateId !== undefined)
        found.push({ id: LaunchTemplateId, name: LaunchTemplateName ?? LaunchTemplateId });
    return page.NextToken;
  });
  return found;
}

/** A version may name its image by a parameter; then it is asked for again with what the parameter holds. */
async function versions(
  ec2: EC2Client,
  caller: Caller,
  id: string,
  resolves: boolean,
  note: (image: string | undefined, version: string) => void,
): Promise<void> {
  let isByParameter = false;
  await pages(async (NextToken) => {
    const input = { LaunchTemplateId: id, ...(resolves ? { ResolveAlias: true } : {}), ...NextToken };
    const page = await caller.ask('DescribeLaunchTemplateVersions', id, (abortSignal) =>
      ec2.send(new DescribeLaunchTemplateVersionsCommand(input), { abortSignal }),
    );
    for (const { VersionNumber, LaunchTemplateData } of page.LaunchTemplateVersions ?? []) {
      const image = LaunchTemplateData?.ImageId;
      isByParameter ||= image?.startsWith('resolve:') ?? false;
      note(image, String(VersionNumber ?? ''));
    }
    return page.NextToken;
  });
  if (isByParameter && !resolves) await versions(ec2, caller, id, true, note);
}

async function pages(
  read: (next: { readonly NextToken?: string }) => Promise<string | undefined>,
): Promise<void> {
  let next: string | undefined;
  do {
    next = (await read(next === undefined ? {} : { NextToken: next })) || undefined;
  } while (next !== undefined);
}
