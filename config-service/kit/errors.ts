/** Every failure a user can meet, in one place. `docs/errors.md` is generated from this table and a test keeps both equal. */
export const FAULTS = {
  LF_UNEXPECTED: { exit: 1, title: 'Something Landfall did not foresee' },
  LF_INTERRUPTED: { exit: 1, title: 'The command was stopped before it was done' },
  LF_USAGE: { exit: 2, title: 'The command line is wrong' },
  LF_SETTINGS: { exit: 2, title: 'A setting is missing or invalid' },
  LF_ENDPOINT_FOREIGN: { exit: 6, title: 'An endpoint override names another region' },
  LF_STATE_LOCKED: { exit: 2, title: 'Another process owns the state directory' },
  LF_STATE_DIR: { exit: 2, title: 'The state or run directory cannot be used' },
  LF_USERDATA_TOO_LARGE: { exit: 2, title: 'The user data is larger than EC2 takes' },
  LF_USERDATA_SECRET: { exit: 2, title: 'A secret would be written into user data' },
  LF_LISTEN: { exit: 2, title: 'The local API cannot listen' },
  LF_IP_RANGES: { exit: 2, title: 'The table of address ranges cannot be used' },

  LF_IMDS_UNREACHABLE: { exit: 3, title: 'The instance metadata service does not answer' },
  LF_IMDS_V1_ONLY: { exit: 3, title: 'The metadata service offers only IMDSv1' },
  LF_IMDS_DISABLED: { exit: 3, title: 'The metadata service is disabled for this instance' },
  LF_IMDS_ABSENT: { exit: 3, title: 'The metadata service has no such item' },
  LF_IMDS_THROTTLED: { exit: 3, title: 'The metadata service throttles' },
  LF_IMDS_MALFORMED: { exit: 3, title: 'An answer of the metadata service is not what IMDSv2 says' },
  LF_IDENTITY_MALFORMED: { exit: 3, title: 'The instance identity document is not usable' },
  LF_IDENTITY_SIGNATURE: { exit: 3, title: 'Nothing proves that the identity document comes from AWS' },
  LF_TAGS_UNAVAILABLE: { exit: 3, title: 'The instance tags cannot be read' },
  LF_CREDENTIALS: { exit: 3, title: 'No usable credentials' },

  LF_PEERS_BLANK: { exit: 4, title: 'The list of peers is empty all at once' },
  LF_SOURCE_UNREACHABLE: { exit: 4, title: 'The source does not answer' },
  LF_SOURCE_THROTTLED: { exit: 4, title: 'The source throttles' },
  LF_SOURCE_DENIED: { exit: 4, title: 'The source denies access' },
  LF_SOURCE_REFUSED: { exit: 4, title: 'The source refuses a request for a reason of its own' },
  LF_SOURCE_HTML: { exit: 4, title: 'A web page came in place of configuration' },
  LF_SOURCE_OWNER: { exit: 4, title: 'The bucket belongs to another account' },
  LF_BUCKET_MISSING: { exit: 4, title: 'There is no such bucket' },
  LF_OBJECT_MISSING: { exit: 4, title: 'An object the manifest or listing names is not there' },
  LF_SOURCE_EMPTY: { exit: 4, title: 'The source holds nothing for this instance' },
  LF_LAYER_EMPTIED: { exit: 4, title: 'A file that held configuration is now empty' },
  LF_SOURCE_TRUNCATED: { exit: 4, title: 'An answer of the source ended early' },
  LF_SOURCE_MALFORMED: { exit: 4, title: 'An answer of the source is not what S3 says' },
  LF_DIGEST_MISMATCH: { exit: 4, title: 'Content does not match its digest' },
  LF_OBJECT_TOO_LARGE: { exit: 4, title: 'An object is larger than allowed' },
  LF_RELEASE_GONE: { exit: 4, title: 'A release was seen before and is gone now' },
  LF_RELEASE_UNKNOWN: { exit: 4, title: 'There is no such release' },
  LF_ROLLOUT_NONE: { exit: 4, title: 'Nothing is being rolled out' },
  LF_RELEASE_HALTED: { exit: 4, title: 'What is to be published was halted or rolled back from' },
  LF_PUBLISH_CONFLICT: { exit: 4, title: 'Another publisher moved the pointer first' },
  LF_SIGNING: { exit: 4, title: 'A release could not be signed' },
  LF_AWS_DENIED: { exit: 4, title: 'An AWS service denies a call' },
  LF_AWS_REFUSED: { exit: 4, title: 'An AWS service refuses a call for a reason of its own' },
  LF_AWS_THROTTLED: { exit: 4, title: 'An AWS service asks for fewer requests' },
  LF_AWS_UNREACHABLE: { exit: 4, title: 'An AWS service does not answer' },
  LF_AWS_MALFORMED: { exit: 4, title: 'An answer is none of the AWS service that was asked' },
  LF_SECRET_DENIED: { exit: 4, title: 'A secret may not be read' },
  LF_SECRET_MISSING: { exit: 4, title: 'There is no such secret' },
  LF_SECRET_UNAVAILABLE: { exit: 4, title: 'A secret cannot be read now, and no earlier value is kept' },

  LF_SIGNATURE_MISSING: { exit: 5, title: 'A release is not signed and trusted keys are set' },
  LF_SIGNATURE_WRONG: { exit: 5, title: 'No trusted key vouches for a release' },
  LF_RELEASE_OLDER: { exit: 5, title: 'A pointer to releases is older than one that was followed here' },
  LF_OBJECT_UNVOUCHED: { exit: 5, title: 'No signed release vouches for an object that is to be fetched' },
  LF_MANIFEST_INVALID: { exit: 5, title: 'The release manifest is not valid' },
  LF_NAME_INVALID: { exit: 5, title: 'A file or folder has a name that no instance takes' },
  LF_NOT_CONFIGURATION: { exit: 5, title: 'What lies in a folder is no configuration' },
  LF_PARSE: { exit: 5, title: 'A configuration file cannot be parsed' },
  LF_ENCODING: { exit: 5, title: 'A configuration file is not valid UTF-8' },
  LF_DUPLICATE_KEY: { exit: 5, title: 'One key is set twice, in a file or in two files of a layer' },
  LF_FACT_ASSIGNED: { exit: 5, title: 'A layer assigns a read-only fact' },
  LF_REFERENCE_UNKNOWN: { exit: 5, title: 'A reference names no property' },
  LF_REFERENCE_CYCLE: { exit: 5, title: 'References form a cycle' },
  LF_VALUE_TOO_LARGE: { exit: 5, title: 'A value grows beyond the limit' },
  LF_VALUE_TYPE: { exit: 5, title: 'A value is not of the type it is read as' },
  LF_SECRET_EXPOSED: { exit: 5, title: 'A file that holds a secret may be read by others than its owner' },
  LF_SECRET_INVALID: { exit: 5, title: 'A reference to a secret, or what it holds, cannot be used' },
  LF_PLAN_INVALID: { exit: 5, title: 'A plan.yaml is not valid' },
  LF_CONVERT: { exit: 5, title: 'A file of another tool cannot be read' },
  LF_SCHEMA: { exit: 5, title: 'The configuration does not fit a JSON Schema that a plan names' },
  LF_REQUIRED_MISSING: { exit: 5, title: 'A key that the plan requires has no value' },
  LF_SHRUNK: { exit: 5, title: 'A generation lost too many keys' },
  LF_LAYER_UNKNOWN: { exit: 5, title: 'A folder is no layer of the order' },
  LF_FILE_UNREAD: { exit: 5, title: 'A file is read by no instance' },
  LF_KEY_PUBLISHED: { exit: 5, title: 'A file holds a private key, or a key to an account' },
  LF_ALLOW_UNUSED: { exit: 5, title: 'An allow entry of the guard excuses nothing' },
  LF_TEMPLATE: { exit: 5, title: 'A template or an environment file cannot be rendered' },
  LF_EXEC_ENVIRONMENT: { exit: 5, title: 'The configuration cannot be the environment of a program' },
  LF_INIT_INVALID: { exit: 5, title: 'An AWS::CloudFormation::Init document is not valid' },
  LF_INIT_UNSUPPORTED: {
    exit: 5,
    title: 'An AWS::CloudFormation::Init document asks for what Landfall does not do',
  },

  LF_REGION_FOREIGN: { exit: 6, title: 'Configuration names another region' },
  LF_REGION_UNKNOWN: { exit: 6, title: 'Configuration is bound to a region that nothing names' },
  LF_REGION_HINT: {
    exit: 6,
    title: "Configuration carries another region's name in a bucket, a host or a path",
  },
  LF_REGION_BUCKET: { exit: 6, title: 'The bucket lives in another region' },
  LF_REGION_MANIFEST: { exit: 6, title: 'The release was published for another region' },
  LF_REGION_CALL: { exit: 6, title: 'A call to another region was stopped' },
  LF_REGION_LEFT: { exit: 6, title: 'Files that were rendered elsewhere are left on this host' },
  LF_REGION_LEAK: { exit: 6, title: 'Something on this host talks to another region' },
  LF_REGION_HOST: { exit: 6, title: 'Something on this host or image belongs to another region' },

  LF_APPLY_TARGET: { exit: 7, title: 'A target is no place where a file can be written safely' },
  LF_APPLY_WRITE: { exit: 7, title: 'A target cannot be read or written' },
  LF_APPLY_CHECK: { exit: 7, title: 'The check of a target refused its new content' },
  LF_APPLY_RELOAD: { exit: 7, title: 'A reload failed, and the files of before were put back' },
  LF_INIT: { exit: 7, title: 'A step of an AWS::CloudFormation::Init document failed' },
  LF_SERVICE: { exit: 7, title: 'A service could not be brought into the state the plan asks for' },
  LF_APPLY_SCRIPT: { exit: 7, title: 'A script of the plan failed' },
  LF_APPLY_HOOK: { exit: 7, title: 'A hook of the plan failed' },
  LF_DEPLOY: { exit: 7, title: 'A version cannot be deployed or removed' },
  LF_CLAIM_MISSING: { exit: 7, title: 'No address or volume of this region carries the tag of a claim' },
  LF_CLAIM_TAKEN: { exit: 7, title: 'What a claim asks for belongs to another instance' },
  LF_CLAIM_ZONE: { exit: 7, title: 'The volume of a claim lies in another zone' },
  LF_CLAIM_DENIED: { exit: 7, title: 'The role may not make a call that a claim needs' },
  LF_CLAIM_LIMIT: { exit: 7, title: 'A quota of EC2 is in the way of a claim' },
  LF_CLAIM_KEY: { exit: 7, title: 'The key of an encrypted volume may not be used' },
  LF_CLAIM_CALL: { exit: 7, title: 'EC2 does not carry out a call that a claim needs' },
  LF_CLAIM_LOST: { exit: 7, title: 'What was claimed is no longer ours' },
  LF_CLAIM_CONFLICT: { exit: 7, title: 'Something else has the place that a claim needs' },
  LF_CLAIM_VOLUME: { exit: 7, title: 'The volume of a claim is broken' },
  LF_CLAIM_DEVICE: { exit: 7, title: 'The volume of a claim does not appear as a device' },
  LF_CLAIM_FILESYSTEM: { exit: 7, title: 'A volume holds no file system that can be mounted' },
  LF_CLAIM_MOUNT: { exit: 7, title: 'A volume cannot be mounted' },

  LF_SWAP_UNKNOWN: { exit: 2, title: 'No swap of this pair is in the journal' },
  LF_SWAP_UNDONE: { exit: 13, title: 'A swap failed and was undone: all is as it was' },
  LF_SWAP_UNFINISHED: {
    exit: 14,
    title: 'A swap is neither finished nor undone; the same command carries on',
  },
  LF_SWAP_UNREAD: { exit: 15, title: 'What a swap has to know could not be read, or not in time' },
  LF_SWAP_MISSING: { exit: 15, title: 'An instance, address or volume of a swap is not there' },
  LF_SWAP_ZONE: { exit: 15, title: 'Instances or volumes of a swap lie in different zones' },
  LF_SWAP_HELD: { exit: 15, title: 'What is to be swapped belongs to a third one' },
  LF_SWAP_ADDRESS: { exit: 15, title: 'An Elastic IP would take the place of another one' },
  LF_SWAP_ROOT: { exit: 15, title: 'A root volume cannot be swapped' },
  LF_SWAP_STATE: { exit: 15, title: 'An instance or volume is in no state in which it can be swapped' },
  LF_SWAP_PROBE: { exit: 15, title: 'The instance that is swapped to does not answer its probe' },
  LF_CUTOVER_UNDONE: { exit: 13, title: 'A cutover failed after its switch, and the name leads back' },
  LF_CUTOVER_UNFINISHED: {
    exit: 14,
    title: 'A cutover is neither finished nor undone; the same command carries on',
  },
  LF_CUTOVER_BLOCKED: { exit: 15, title: 'Something that a cutover needs is not as it should be' },
  LF_SWAP_DRAIN: { exit: 15, title: 'Something has not let go of the instance that is swapped from' },
  LF_SWAP_QUIESCE: { exit: 15, title: 'The command that quiesces the service failed' },
  LF_ALARM_TAKEN: { exit: 15, title: 'An alarm that was not made here has the name of one' },
  LF_ALARM_RAISED: { exit: 15, title: 'An alarm that is to halt a rollout is in alarm before it begins' },
  LF_SWAP_OTHER: { exit: 15, title: 'Another swap of this pair has to end first' },

  LF_BAKE_UNDONE: { exit: 13, title: 'A bake failed and was undone: nothing of it is left' },
  LF_BAKE_STEP: {
    exit: 13,
    title: 'A volume, snapshot or image of a bake did not come to be what it should',
  },
  LF_BAKE_ROOT: { exit: 13, title: 'The root file system of a volume cannot be mounted or left' },
  LF_BAKE_PROVISION: { exit: 13, title: 'What provisions an image failed' },
  LF_BAKE_SCAN: { exit: 13, title: 'A scan could not vouch for all of an image' },
  LF_BAKE_UNFINISHED: {
    exit: 14,
    title: 'A bake is neither finished nor undone; the same command carries on',
  },
  LF_BAKE_UNREAD: { exit: 15, title: 'What a bake has to know could not be read, or not in time' },
  LF_BAKE_BASE: { exit: 15, title: 'There is no such base image, or none that can be baked from' },
  LF_BAKE_BUILDER: { exit: 15, title: 'The builder of an image is not there, or in no state to build' },
  LF_BAKE_NAME: { exit: 15, title: 'Another image has the name' },
  LF_BAKE_OTHER: { exit: 15, title: 'A bake of this name is at work on another instance' },

  LF_AGENT_NOT_RUNNING: { exit: 8, title: 'The agent does not answer on this host' },
  LF_NOT_READY: { exit: 8, title: 'No configuration is active yet' },
  LF_BUSY: { exit: 8, title: 'The local API serves as many waiting clients as it may' },
  LF_NO_SUCH_KEY: { exit: 9, title: 'There is no such key' },
  LF_UNAUTHORIZED: { exit: 2, title: 'The request needs the API token' },
  LF_REQUEST_REFUSED: { exit: 2, title: 'The request is not one a local program makes' },
  LF_REQUEST_INVALID: { exit: 2, title: 'The request is not valid' },

  LF_SYNC_LEASE: { exit: 1, title: 'Another run of the same jobs is under way' },
  LF_SYNC_CONFIG: { exit: 11, title: 'A job of a sync configuration cannot be carried out as it is written' },
  LF_SYNC_REGION: { exit: 11, title: 'A region does not exist, or these credentials cannot use it' },
  LF_SYNC_SOURCE: { exit: 11, title: 'What a job is to copy is not there, or is more than one' },
  LF_SYNC_KEY: { exit: 11, title: 'An encrypted copy needs a key of its region' },
  LF_SYNC_COPY: { exit: 11, title: 'A copy failed' },
  LF_SYNC_SCAN: { exit: 11, title: 'An image without a clean scan of its own is not copied' },
  LF_SYNC_USE: { exit: 11, title: 'A copy is there, and what is to name it could not be set' },
  LF_SYNC_PENDING: { exit: 11, title: 'The time is up and a copy is still being made' },

  LF_EXEC_MISSING: { exit: 127, title: 'There is no such program to run' },
  LF_EXEC_UNUSABLE: { exit: 126, title: 'A program cannot be executed' },
} as const satisfies Record<string, { exit: number; title: string }>;

export type FaultCode = keyof typeof FAULTS;

/** One place in one file that is wrong; `line` and `column` count from 1. */
export interface Problem {
  readonly code: FaultCode;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** A failure as a value: what was being done, to what, why it failed, and what to do about it. */
export interface Fault {
  readonly code: FaultCode;
  readonly operation: string;
  readonly subject: string;
  readonly cause: string;
  readonly hint: string;
  /** All problems at once, when the failure is about content. */
  readonly problems?: readonly Problem[];
}

/** A fault that has to travel as an exception. Callers branch on `fault.code`, never on the message. */
export class LandfallError extends Error {
  readonly fault: Fault;
  constructor(fault: Fault, options?: { cause?: unknown }) {
    super(describeFault(fault), options);
    this.name = 'LandfallError';
    this.fault = fault;
  }
}

/** `what failed: why. hint`, the one sentence for people. Problems follow on lines of their own. */
export function describeFault(fault: Fault): string {
  const head = `${fault.operation} ${fault.subject}: ${fault.cause}. ${fault.hint}`.trim();
  const details = (fault.problems ?? []).map((problem) => `  ${describeProblem(problem)}`);
  return [head, ...details].join('\n');
}

export function describeProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  return place === '' ? problem.message : `${place}: ${problem.message}`;
}

export function exitCodeOf(code: FaultCode): number {
  return FAULTS[code].exit;
}

/** The fault of a foreign exception: a `LandfallError` gives its own, anything else is unexpected. */
export function faultOf(error: unknown, operation: string, subject: string): Fault {
  if (error instanceof LandfallError) return error.fault;
  return {
    code: 'LF_UNEXPECTED',
    operation,
    subject,
    cause: error instanceof Error ? error.message : String(error),
    hint: 'Run again with --debug and report what it prints.',
  };
}
