import type { Finding } from './finding.ts';

/**
 * AWS's own ids that exist once per region: the hosted zones of Application and Network Load Balancers and of S3
 * websites, and the account that delivers load balancer logs. Source: "Service endpoints and quotas" in the AWS General
 * Reference, and the Elastic Load Balancing guide on access logs. Newer regions have no log account.
 */
const IDS_OF_REGION: Readonly<Record<string, string>> = {
  'af-south-1': 'Z268VQBMOI5EKX Z203XCE67M25HM Z83WF9RJE8B12 098369216593',
  'ap-east-1': 'Z3DQVH9N71FHZ0 Z12Y7K3UBGUAD1 ZNB98KWMFR0R6 754344448648',
  'ap-northeast-1': 'Z14GRHDCWA56QT Z31USIVHYNEOWT Z2M4EHUR26P7ZW 582318560864',
  'ap-northeast-2': 'ZWKZPGTI48KDX ZIBE1TIR4HY56 Z3W03O7B5YMIYP 600734575887',
  'ap-northeast-3': 'Z5LXEXXYW11ES Z1GWIQ4HH19I5X Z2YQB5RD63NC85 383597477331',
  'ap-south-1': 'ZP97RAFLXTNZK ZVDDRBQ08TROA Z11RGJOFQNVJUP 718504428378',
  'ap-south-2': 'Z0173938T07WNTVAEPZN Z0711778386UTO08407HT Z02976202B4EZMXIPMXF7',
  'ap-southeast-1': 'Z1LMS91P8CMLE5 ZKVM4W9LS7TM Z3O0J2DXBE1FTB 114774131450',
  'ap-southeast-2': 'Z1GM3OXH4ZPM65 ZCT6FZBF4DROD Z1WCIGYICN2BYD 783225319266',
  'ap-southeast-3': 'Z08888821HLRG5A9ZRTER Z01971771FYVNCOVWJU1G Z01846753K324LI26A3VV 589379963580',
  'ap-southeast-4': 'Z0312387243XT5FE14WFO',
  'ap-southeast-5': 'Z08660063OXLMA7F1FJHU',
  'ca-central-1': 'ZQSVJUPU6J1EY Z2EPGBW3API2WT Z1QDHH18159H29 985666609251',
  'ca-west-1': 'Z03565811Z33SLEZTHOUL',
  'cn-north-1': 'Z1GDH35T77C1KE Z3QFB96KMJ7ED6 Z5CN8UMXT92WN 638102146993',
  'cn-northwest-1': 'ZM7IZAIOVVDZF ZQEIKTCZ8352D Z282HJ1KT0DH03 037604701340',
  'eu-central-1': 'Z215JYRZR1TBD5 Z3F0SRJ5LGBH90 Z21DNDUVLTQW6Q 054676820928',
  'eu-central-2': 'Z06391101F2ZOEP8P5EB3 Z02239872DOALSIDCX66S Z030506016YDQGETNASS',
  'eu-north-1': 'Z23TAZ6LKFMNIO Z1UDT6IFJ4EJM Z3BAZG2TWCNX0D 897822967062',
  'eu-south-1': 'Z3ULH7SSC9OV64 Z23146JA1KNAFP Z30OZKI7KPW7MI 635631232127',
  'eu-south-2': 'Z0956581394HF5D5LXGAP Z1011216NVTVYADP1SSV Z0081959F7139GRJC19J',
  'eu-west-1': 'Z32O12XQLNTSW2 Z2IFOLAFXWLO4F Z1BKCTXD74EZPE 156460612806',
  'eu-west-2': 'ZHURV8PSTC4K8 ZD4D7Y8KGAS4G Z3GKZC51ZF0DB4 652711504416',
  'eu-west-3': 'Z3Q77PNBQS71R4 Z1CMS0P5QUZ6D5 Z3R1K369G5AVDG 009996457667',
  'il-central-1': 'Z09640613K4A3MN55U7GU',
  'me-central-1': 'Z08230872XQRWHG2XF6I Z00282643NTTLPANJJG2P Z06143092I8HRXZRUZROF',
  'me-south-1': 'ZS929ML54UICD Z3QSRYVP46NYYV Z1MPMWCPA7YB62 076674570225',
  'sa-east-1': 'Z2P70J7HTTTPLU ZTK26PT1VY4CU Z7KQH4QJS55SO 507241528517',
  'us-east-1': 'Z35SXDOTRQ7X7K Z26RNL4JYFTOTI Z3AQBSTGFYJSTF 127311923021',
  'us-east-2': 'Z3AADJGX6KTTL2 ZLMOA37VPKANP Z2O1EMRO9K5GLX 033677994240',
  'us-gov-east-1': 'Z166TLBEWOO7G0 Z1ZSMQQ6Q24QQ8 Z2NIFVYYW2VKV1 190560391635',
  'us-gov-west-1': 'Z33AYJ8TM3BH4J ZMG1MZ2THAWF1 Z31GFT0UA1I2HV 048591011584',
  'us-west-1': 'Z368ELLRRE2KJ0 Z24FKFUX50B4VW Z2F56UZL2M1ACD 027434742980',
  'us-west-2': 'Z1H1FL5HABSF5 Z18D5FSROUN65G Z3BJ6K6RIION7M 797873946194',
};

export const REGION_OF_ID: ReadonlyMap<string, string> = new Map(
  Object.entries(IDS_OF_REGION).flatMap(([region, ids]) => ids.split(' ').map((id) => [id, region] as const)),
);

/** Only as many characters as every id has: a fixed length lets V8 skip ahead, four times as fast as a range. */
const HOSTED_ZONE = /Z[0-9A-Z]{11}/g;
const ACCOUNT = /(?<![0-9])[0-9]{12}(?![0-9])/g;
const LONGEST = 24;

/** Hints only: whoever copied such an id meant that region, but nothing connects to it by itself. */
export function* knownIds(text: string): Generator<Finding> {
  yield* lookedUp(text, HOSTED_ZONE, 'hint:hosted-zone-id');
  yield* lookedUp(text, ACCOUNT, 'hint:aws-account-id');
}

function* lookedUp(text: string, shape: RegExp, kind: string): Generator<Finding> {
  for (const { index: start } of text.matchAll(shape)) {
    if (isGlued(text.charCodeAt(start - 1))) continue;
    let end = start;
    while (end - start < LONGEST && isGlued(text.charCodeAt(end))) end++;
    const id = text.slice(start, end);
    const region = REGION_OF_ID.get(id);
    if (region !== undefined) yield { region, kind, severity: 'info', start, end, text: id };
  }
}

/** A letter or a digit, which would make an id part of something longer. */
function isGlued(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
