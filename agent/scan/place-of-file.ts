/** What a file is for, by where it lies; undefined for what is in effect or may be. */
export type Purpose = 'documentation' | 'tests';

/** Below these lies what others wrote for many. */
const LIBRARY =
  /(?:^|\/)(?:site-packages|dist-packages|node_modules|bower_components|third_party|vendor|gems|pkg\/mod|registry\/src|usr\/share|usr\/lib|usr\/local\/(?:go|lib|share|aws-cli))\//;
const DOCUMENTATION = /(?:^|\/)(?:docs?|man|info|gtk-doc|help|javadoc|changelogs?)\//i;
const PAGE =
  /(?:^|\/)(?:(?:readme|changelog|changes|history|news|authors|license|licence|copying|notice|contributing|faq)(?:[._-][^/]*)?|[^/]*\.(?:md|markdown|rst|adoc|asciidoc|man|[1-9](?:[a-z]+)?))(?:\.gz)?$/i;
const TESTS =
  /(?:^|\/)(?:tests?|testing|testdata|test-data|test_data|__tests__|specs?|fixtures|examples?|samples?|demos?|benchmarks?)\/|(?:^|\/)(?:test_[^/]*|[^/]*_test|[^/]*\.(?:test|spec)|examples?-[^/]*|[^/]*_examples?)\.[a-z]+(?:\.gz)?$/i;
/** Read by a program as it starts, whoever put it there. */
const CONFIGURATION =
  /(?:^|\/)(?:etc|systemd|environment\.d|profile\.d|sources\.list\.d|yum\.repos\.d|repos\.d|cron\.[a-z]+|crontabs|sysctl\.d|tmpfiles\.d|sysusers\.d|modprobe\.d|udev|cloud\.cfg\.d)\/|\.repo$/;

/** Below a tree of libraries, and nowhere else: the examples and the pages of a team's own folder are the team's. */
export function purposeOf(path: string): Purpose | undefined {
  const library = LIBRARY.exec(path);
  if (library === null || isConfigurationPlace(path)) return undefined;
  const below = path.slice(library.index + library[0].length);
  if (DOCUMENTATION.test(below) || PAGE.test(below)) return 'documentation';
  return TESTS.test(below) ? 'tests' : undefined;
}

/** Whether what lies there is in effect on this system, so that it counts although nobody changed it. */
export function isConfigurationPlace(path: string): boolean {
  return CONFIGURATION.test(path);
}
