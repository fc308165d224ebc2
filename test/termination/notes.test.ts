import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sealedNotes, type NoteName } from '#agent/termination/notes.ts';
import { silentLogger } from '#kit/logger.ts';
import { sealedRecords } from '#config-service';
import { HERE, keyOf } from '../support/sealing.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'landfall-notes-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const notesHere = () =>
  sealedNotes(sealedRecords<NoteName>(folder, keyOf(HERE), 'termination'), silentLogger);

it('a note outlives the agent, sealed', async () => {
  await notesHere().save('launch', { stack: 'payroll/WebGroup' });
  expect(await notesHere().load('launch')).toEqual({ stack: 'payroll/WebGroup' });
  expect(await notesHere().load('departure')).toBeUndefined();
  expect(readFileSync(join(folder, 'termination.launch.sealed'), 'latin1')).not.toContain('WebGroup');
});

it('a note that cannot be used is none', async () => {
  writeFileSync(join(folder, 'termination.launch.sealed'), 'damaged');
  expect(await notesHere().load('launch')).toBeUndefined();
});

it('without a place for it a note lives as long as the agent', async () => {
  const notes = sealedNotes(undefined, silentLogger);
  await notes.save('launch', { target: 'InService' });
  expect(await notes.load('launch')).toEqual({ target: 'InService' });
});
