import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { installPrograms } from './fake-host.ts';
import { changesOf, initBench, REGION, type InitBench } from './init-bench.ts';

/** The text of a sample for this region, its absolute paths moved below the bench's own `/`. */
async function sample(bench: InitBench, name: string): Promise<string> {
  const text = await readFile(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
  await writeFile(`${bench.fakes.db}/passwd`, 'root:x:0:0::/:/bin/sh\napache:x:48:48::/:/bin/sh\n');
  await writeFile(`${bench.fakes.db}/group`, 'root:x:0:\napache:x:48:\n');
  return text.replaceAll('REGION', REGION).replaceAll(/\/(var|tmp|etc)\//g, `${bench.root}/$1/`);
}

test('the LAMP stack of the documentation runs as it stands, and a second run changes nothing', async () => {
  const bench = await initBench();
  const document = await sample(bench, 'lamp.json');
  // A database that opens once its root has a password and the schema was fed to it.
  await installPrograms(bench.at('bin'), {
    mysql: `case $1 in web) test -e ${bench.root}/schema;; *) cat >${bench.root}/schema;; esac`,
    mysqladmin: `echo "$@" >${bench.root}/password`,
  });
  // The samples' tests are bash: on Amazon Linux /bin/sh is.
  const asBash = document.replaceAll('(( $? != 0 ))', '[ $? -ne 0 ]');
  const configSets = ['InstallAndRun'];
  const changes = changesOf(await bench.run(asBash, { configSets }));
  expect(changes).toEqual([
    ...['httpd', 'php', 'php-mysqlnd', 'mariadb105-server'].map((name) => `install yum ${name}`),
    'create /etc/cfn/cfn-hup.conf',
    'create /etc/cfn/hooks.d/cfn-auto-reloader.conf',
    'create /tmp/setup.mysql',
    'create /var/www/html/index.php',
    ...['mariadb', 'httpd', 'cfn-hup'].flatMap((name) => [`enable service ${name}`, `start service ${name}`]),
    'run command Configure/01_set_mysql_root_password',
    'run command Configure/02_create_database',
  ]);
  expect(await readFile(bench.at('schema'), 'utf8')).toContain('CREATE DATABASE web;');
  expect(await readFile(bench.at('password'), 'utf8')).toBe('-u root password secret\n');
  expect(await lstat(bench.at('var/www/html/index.php'))).toMatchObject({ uid: 48, gid: 48 });
  expect(changesOf(await bench.run(asBash, { configSets }))).toEqual([]);
});

test('the config sets of the reference append in their order, ascending and descending', async () => {
  const bench = await initBench();
  await mkdir(bench.at('home'));
  const document = await sample(bench, 'config-sets.json');
  expect(changesOf(await bench.run(document))).toHaveLength(2);
  expect(await readFile(bench.at('home/test.txt'), 'utf8')).toBe(
    'I come from config1.\nI come from config2.\n',
  );
  expect(changesOf(await bench.run(document, { configSets: ['descending'] }))).toEqual([]);
});

test('the WordPress instance takes its archive from this region, and httpd is started after it', async () => {
  const bench = await initBench();
  await mkdir(bench.at('pack/wordpress'), { recursive: true });
  await writeFile(bench.at('pack/wordpress/wp-config-sample.php'), "define('DB', 'database_name_here');\n");
  execFileSync('tar', ['-czf', bench.at('latest.tar.gz'), 'wordpress'], { cwd: bench.at('pack') });
  await bench.put('wordpress-assets/latest.tar.gz', await readFile(bench.at('latest.tar.gz')));
  const document = await sample(bench, 'wordpress.json');
  const configSets = ['wordpress_install'];
  expect(changesOf(await bench.preview(document, { configSets }))).toHaveLength(10);
  expect(changesOf(await bench.run(document, { configSets }))).toHaveLength(10);
  expect(await readFile(bench.at('var/www/html/wordpress/wp-config.php'), 'utf8')).toBe(
    "define('DB', 'wp');\n",
  );
  expect(await bench.fakes.calls()).toEqual([
    'systemctl enable cfn-hup',
    'systemctl start cfn-hup',
    'dnf -y install php httpd-2.4.62',
    'systemctl enable httpd',
    'systemctl start httpd',
  ]);
  expect(changesOf(await bench.run(document, { configSets }))).toEqual([]);
});
