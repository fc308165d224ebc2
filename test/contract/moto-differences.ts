/**
 * Where moto 5.2.1 is known not to do what AWS does, by the sentence of the case. Each is still run and printed: a
 * newer moto that has learned it shows up in the output.
 */
export const MOTO_DIFFERENCES: ReadonlyMap<string, string> = new Map([
  ['a wrong checksum refuses the PUT', 'takes it: checksums are stored, never checked'],
  ['a wrong Content-MD5 refuses the PUT', 'takes it: the header is ignored'],
  [
    'an expected bucket owner that is not the owner is 403 for every operation',
    'answers as if the header were not there',
  ],
  [
    'a request signed for another region is 301 and names the region of the bucket',
    'serves the object to every region',
  ],
  ['an unsigned request is 403', 'needs no signature outside its IAM mode'],
  ['a name that is not valid is 400', 'creates buckets with underscores and capitals'],
  ['DescribeTags pages by MaxResults and NextToken', 'ignores MaxResults and gives all in one page'],
  ['a filter that does not exist is refused', 'ignores filters that it does not know'],
  ['a number of days that is not offered is no retention', 'takes any number'],
  ['tags of a group that does not exist are missing', 'tags whatever ARN it is given'],
  ['the ARN of the streams of a group is none to be tagged', 'tags whatever ARN it is given'],
  ['a key is associated with a group that is there, and replaces another', 'has no AssociateKmsKey'],
  [
    'a parameter is read by version and by label, which the answer repeats as its selector',
    'gives the version without a selector',
  ],
  [
    'a metric filter that is put again is another one then, also with a pattern that matches all',
    'keeps both, of one name',
  ],
  ['metric filters of a group that does not exist are missing', 'puts them where there is no group'],
  ['the class of a group is shown, and standard when none was asked for', 'knows no classes'],
]);
