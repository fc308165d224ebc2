/** Programs and shell words that begin a command and no sentence. */
const COMMANDS: ReadonlySet<string> = new Set(
  (
    'alias ansible ansible-playbook apk apt apt-get awk aws aws-vault awslocal awsume az basename bash bundle bunx cargo cat cd ' +
    'cdk cfn-init cfn-signal chamber chef-client chmod chown cmd conda cp cron crontab csh curl dd df dig dnf docker ' +
    'docker-compose dpkg du dzdo eb echo ecs-cli eksctl env eval exec export fish flock gcloud git go grep gunzip gzip helm ' +
    'helmfile hostname ifconfig ionice ip iptables java jq kill killall kops ksh kubectl landfall landfall-ops ln ls lsof make ' +
    'mkdir mount mv mvn mysql mysqldump nc nerdctl nice node nohup nomad npm npx nslookup openssl packer perl pg_dump php pip ' +
    'pip3 pipenv pkill pnpm podman poetry powershell printf psql puppet pulumi pwsh python python2 python3 rake rclone reboot ' +
    'redis-cli rm rpm rsync ruby run-parts runuser s3cmd s3fs s4cmd s5cmd sam saml2aws scp sed serverless set setenv ' +
    'setx sftp sh sls ssh su sudo supervisorctl svc swapon sysctl systemctl systemd-run tar tcsh tee telnet terraform terragrunt ' +
    'timeout tofu touch tofu umount uname unset unzip useradd uv uvx vault watchexec wget xargs yarn yq yum zcat zip zsh zypper'
  ).split(' '),
);

/** Programs whose names are also words that begin a sentence. */
const WORDS: ReadonlySet<string> = new Set(
  (
    'at attach backup bake boot build call check clone configure connect copy create curl cut cutover delete deploy destroy ' +
    'detach drop enable failover fetch find get import init initctl install join launch link list load log login migrate move ' +
    'open ping provision publish pull push put query read register release reload replicate restart restore route run script ' +
    'select send service shutdown sleep snapshot source split start stop swap switch switchover sync tail test time tunnel ' +
    'update upgrade upload use wait watch'
  ).split(' '),
);

/** Five fields of time, or a name for them; the sixth is a user or a program. */
const CRON =
  /^\s*(?:@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly|every)\s|(?:(?:\*|\d|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[\w*/,-]*\s+){5,6}\S)/i;

const SEPARATOR = /;|&&?|\|\|?|\$\(|`|(?:^|\s)(?:then|do|else)\s/;
const PREFIX =
  /^(?:[\s@({!-]|(?:sudo|doas|exec|nohup|time|env|command|builtin|start|call)\s|[A-Z_][A-Z0-9_]*=\S*\s)*/;
/** A program by its path, by its file, or by PowerShell's habit. */
const PROGRAM =
  /^(?:[.~]{0,2}\/[\w./-]+$|[A-Za-z]:\\|[\w./-]+\.(?:sh|bash|py|pl|rb|js|jar|exe|bat|cmd|ps1|php|bin)$|[A-Z][a-z]+-[A-Z][A-Za-z]+$)/;

/** Words that hold sentences together and that no command has. */
const GRAMMAR =
  /(?<![\w-])(?:the|a|an|is|are|was|were|we|our|us|you|your|they|it|its|this|that|these|those|has|have|had|been|be|will|would|should|must|may|can|cannot|not|and|of|but|because|since|when|while|never|please|there|here|about)(?![\w=-])/i;

/** Whether a line is handed to a shell, to cron or to a program: what it names is used. */
export function isCommandLine(line: string): boolean {
  if (isCronLine(line)) return true;
  return line.split(SEPARATOR).some((part) => {
    const word = /^\S*/.exec(part.replace(PREFIX, ''))?.[0] ?? '';
    if (COMMANDS.has(word) || PROGRAM.test(word)) return true;
    return WORDS.has(word) && !GRAMMAR.test(line);
  });
}

export function isCronLine(line: string): boolean {
  return CRON.test(line);
}

export function hasGrammar(text: string): boolean {
  return GRAMMAR.test(text);
}
