import { DescribeTagsCommand, paginateDescribeTags } from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import { failureOf } from './backend.ts';
import type { ContractCase } from './backend.ts';

export const TAG_CASES: readonly ContractCase[] = [
  {
    name: 'DescribeTags by resource-id gives the tags of that instance only',
    async run(backend) {
      const id = await backend.launch('eu-west-1', { Role: 'web', Environment: 'prod & <co>' });
      await backend.launch('eu-west-1', { Role: 'worker' });
      const Filters = [{ Name: 'resource-id', Values: [id] }];
      const { Tags = [] } = await backend.ec2('eu-west-1').send(new DescribeTagsCommand({ Filters }));
      expect(Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))).toEqual({
        Role: 'web',
        Environment: 'prod & <co>',
      });
      expect(new Set(Tags.map(({ ResourceId, ResourceType }) => `${ResourceType} ${ResourceId}`))).toEqual(
        new Set([`instance ${id}`]),
      );
    },
  },
  {
    name: 'all filters hold, any value of one is enough, an asterisk is a wildcard',
    async run(backend) {
      const id = await backend.launch('eu-west-1', { Role: 'web', Rota: 'x', Name: 'n' });
      const Filters = [
        { Name: 'resource-id', Values: [id, 'i-0other'] },
        { Name: 'key', Values: ['Ro*'] },
      ];
      const { Tags = [] } = await backend.ec2('eu-west-1').send(new DescribeTagsCommand({ Filters }));
      expect(new Set(Tags.map(({ Key }) => Key))).toEqual(new Set(['Role', 'Rota']));
    },
  },
  {
    name: 'another region knows nothing of the instance',
    async run(backend) {
      const id = await backend.launch('eu-west-1', { Role: 'web' });
      const Filters = [{ Name: 'resource-id', Values: [id] }];
      const { Tags = [] } = await backend.ec2('us-east-1').send(new DescribeTagsCommand({ Filters }));
      expect(Tags).toEqual([]);
    },
  },
  {
    name: 'DescribeTags pages by MaxResults and NextToken',
    async run(backend) {
      const tags = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`k${at}`, 'v']));
      const id = await backend.launch('eu-west-1', tags);
      const client = backend.ec2('eu-west-1');
      const sizes: number[] = [];
      const Filters = [{ Name: 'resource-id', Values: [id] }];
      for await (const page of paginateDescribeTags({ client, pageSize: 5 }, { Filters }))
        sizes.push(page.Tags?.length ?? 0);
      expect(sizes).toEqual([5, 5, 2]);
    },
  },
  {
    name: 'a filter that does not exist is refused',
    async run(backend) {
      const call = backend
        .ec2('eu-west-1')
        .send(new DescribeTagsCommand({ Filters: [{ Name: 'colour', Values: ['x'] }] }));
      expect(await failureOf(call)).toMatchObject({ name: 'InvalidParameterValue', status: 400 });
    },
  },
];
