/**
 * Buckets of AWS's own and those that its services create, one in each region and called after it. Whoever may choose a
 * bucket's name may choose one of these, too, but nobody has a reason to. Source: the pages on S3 permissions of CodeDeploy,
 * Systems Manager, Amazon Linux, ECR, EMR, CloudFormation, Image Builder, SageMaker and the CDK.
 */
const AROUND_REGION: readonly RegExp[] = [
  /^aws-codedeploy-$/,
  /^(?:amazon|aws)-ssm-$/,
  /^amazon-ssm-packages-$/,
  /^(?:aws-)?patch(?:-baseline-snapshot|manager-macos)-$/,
  /^aws-(?:windows-downloads|patchmanager-macos|ssm-document-attachments|ssm-distributor-file)-$/,
  /^amazoncloudwatch-agent-$/,
  /^amazon-(?:ecs-agent|eks|inspector|inspector2|guardduty-agent|fsx)-$/,
  /^(?:aws-)?(?:al2023|amazonlinux(?:-2)?)-repos-(?:-[0-9a-f]+)?$/,
  /^prod--starport-layer-bucket$/,
  /^ec2imagebuilder-(?:toe|managed-resources)-(?:-prod)?$/,
  /^cloudformation-(?:waitcondition|custom-resource-response|examples|custom-resource-storage)-$/,
  /^cf-templates-[0-9a-z]+-$/,
  /^cdk-[0-9a-z]{1,10}-(?:assets|staging)-\d{12}-$/,
  /^elasticbeanstalk-(?:-\d{12}|samples)?$/,
  /^sagemaker-(?:-\d{12})?$/,
  /^(?:aws-glue-assets|aws-logs|aws-athena-query-results)-\d{12}-$/,
  /^codepipeline-(?:-\d{9,12})?$/,
  /^(?:aws-)?(?:xray|gamelift|greengrass|inspector|opsworks|iot-fleetwise)-(?:assets-|builds-|updates-)?$/,
];

/** `region` is in lower case and stands in `bucket`. */
export function isAwsBucket(bucket: string, region: string): boolean {
  const name = bucket.toLowerCase();
  const at = name.indexOf(region);
  if (at < 0) return false;
  const rest = name.slice(0, at) + name.slice(at + region.length);
  return AROUND_REGION.some((shape) => shape.test(rest));
}
