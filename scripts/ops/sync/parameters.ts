import {
  GetParameterCommand,
  GetParameterHistoryCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { codeOf, type Caller } from './calls.ts';

/** A parameter of the Parameter Store as it is now. */
export interface FoundParameter {
  readonly value: string;
  readonly isSecret: boolean;
  /** `text` or `aws:ec2:image`. */
  readonly dataType: string;
}

/** The Parameter Store of one region. All throw `CallRefused`. */
export interface Parameters {
  /** Undefined only when SSM says that there is none. */
  read(name: string): Promise<FoundParameter | undefined>;
  /** Whether it had this value at any time. */
  had(name: string, value: string): Promise<boolean>;
  /** @param dataType of one that is there: its own; `aws:ec2:image` has SSM see that the image is there. */
  write(name: string, value: string, dataType: string): Promise<void>;
}

export function createParameters(client: SSMClient, caller: Caller): Parameters {
  return {
    read: async (name) => {
      try {
        const { Parameter } = await caller.ask('GetParameter', name, (abortSignal) =>
          client.send(new GetParameterCommand({ Name: name }), { abortSignal }),
        );
        return {
          value: Parameter?.Value ?? '',
          isSecret: Parameter?.Type === 'SecureString',
          dataType: Parameter?.DataType ?? 'text',
        };
      } catch (error) {
        if (codeOf(error) === 'ParameterNotFound') return undefined;
        throw error;
      }
    },
    had: async (name, value) => {
      let next: string | undefined;
      do {
        const page = await caller.ask('GetParameterHistory', name, (abortSignal) =>
          client.send(
            new GetParameterHistoryCommand({
              Name: name,
              ...(next === undefined ? {} : { NextToken: next }),
            }),
            { abortSignal },
          ),
        );
        if (page.Parameters?.some(({ Value }) => Value === value) === true) return true;
        next = page.NextToken || undefined;
      } while (next !== undefined);
      return false;
    },
    write: async (name, value, dataType) => {
      await caller.ask('PutParameter', name, () =>
        client.send(
          new PutParameterCommand({
            Name: name,
            Value: value,
            Type: 'String',
            Overwrite: true,
            DataType: dataType,
          }),
        ),
      );
    },
  };
}
