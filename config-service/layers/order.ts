import type { Problem } from '../kit/errors.ts';
import type { Facts } from './facts.ts';
import type { LayerRef } from './layer.ts';
import {
  isStoreLayer,
  misplacedInStore,
  readStoreLayer,
  storeLayerName,
  unusableInStore,
} from './store-layer.ts';

/** Weakest first (docs/properties.md). `override` is not in the list: `resolve` lays it on top of whatever order is set. */
export const DEFAULT_LAYER_ORDER: readonly string[] = [
  'base',
  'region/{region}',
  'role/{role}',
  'environment/{environment}',
  'role/{role}/environment/{environment}',
  'instance/{instanceId}',
];

/** The layer an operator writes at run time. No folder may be called so. */
export const OVERRIDE_LAYER = 'override';

export interface Selection {
  /** Weakest first. */
  readonly selected: readonly LayerRef[];
  /** What this instance does not take part in, with the reason for people. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * The layers of this instance. A layer whose placeholder has no usable value is left out, with the reason. When two
 * places of the order come out as one folder, the stronger place counts.
 */
export function selectLayers(order: readonly string[], facts: Facts): Selection {
  const named = order.map((pattern) => ({ pattern, ...nameLayer(pattern, facts) }));
  const last = new Map(named.map(({ name }, index) => [name, index]));
  const selected: LayerRef[] = [];
  const skipped: { name: string; reason: string }[] = [];
  for (const [index, { pattern, name, reason }] of named.entries()) {
    if (reason !== undefined) skipped.push({ name: pattern, reason });
    else if (last.get(name) !== index)
      skipped.push({ name: pattern, reason: `'${name}' stands again later in the order` });
    else selected.push({ name });
  }
  return { selected, skipped };
}

/** What is wrong with an order that someone has set; all of it, as `LF_SETTINGS`. An empty answer means usable. */
export function validateOrder(order: readonly string[]): Problem[] {
  const complaints = order.flatMap((pattern, index) => [
    ...complaintsOf(pattern).map((complaint) => `layer '${pattern}': ${complaint}`),
    ...(order.indexOf(pattern) < index ? [`layer '${pattern}': stands twice`] : []),
  ]);
  if (order.length === 0) complaints.push('the order of layers is empty');
  return complaints.map((message) => ({ code: 'LF_SETTINGS', message }));
}

const PLACEHOLDER = /\{([^{}]*)\}/g;
// Control characters of C0, DEL and C1: they have no place in an object key or a file name that people read.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

type Named = { readonly name: string; readonly reason?: string };

function nameLayer(pattern: string, facts: Facts): Named {
  const reasons: string[] = [];
  const name = pattern.replaceAll(PLACEHOLDER, (_, placeholder: string) => {
    const value = placeholderValue(placeholder, facts);
    const reason = value === undefined ? absence(placeholder) : unusableIn(pattern, placeholder, value);
    if (reason !== undefined) reasons.push(reason);
    return value ?? '';
  });
  // Whoever may write a tag must not be able to make another store of a folder.
  if (isStoreLayer(name) && !isStoreLayer(pattern)) reasons.push('its name begins like that of a store');
  if (reasons.length === 0 && isStoreLayer(pattern)) return { name: storeLayerName(name) };
  if (name === OVERRIDE_LAYER) reasons.push(`'${OVERRIDE_LAYER}' is the name of the runtime layer`);
  return reasons.length === 0 ? { name } : { name: pattern, reason: [...new Set(reasons)].join('; ') };
}

function unusableIn(pattern: string, placeholder: string, value: string): string | undefined {
  const reason = unusable(placeholder, value);
  return reason ?? (isStoreLayer(pattern) ? unusableInStore(placeholder, value) : undefined);
}

function placeholderValue(placeholder: string, facts: Facts): string | undefined {
  if (placeholder.startsWith('tag:')) return facts.tags.get(placeholder.slice('tag:'.length));
  switch (placeholder) {
    case 'region':
    case 'zone':
    case 'account':
    case 'partition':
    case 'role':
    case 'environment':
    case 'instanceId':
      return facts[placeholder];
    default:
      return undefined;
  }
}

function absence(placeholder: string): string {
  if (placeholder.startsWith('tag:')) return `no tag '${placeholder.slice('tag:'.length)}'`;
  if (placeholder === 'role' || placeholder === 'environment') return `no tag '${placeholder}'`;
  return isPlaceholder(placeholder) ? `no ${placeholder}` : `no placeholder '{${placeholder}}' exists`;
}

/**
 * Why the value of a placeholder can be part of no layer's name; undefined: it can. A tag is written by whoever may tag an
 * instance: it must never climb out of the prefix, nor into another layer.
 */
export function unusable(placeholder: string, value: string): string | undefined {
  if (value === '') return `{${placeholder}} is empty`;
  if (value.includes('/') || value.includes('\\')) return `the value of {${placeholder}} holds a slash`;
  if (value === '.' || value.includes('..')) return `the value of {${placeholder}} is a path`;
  if (CONTROL.test(value)) return `the value of {${placeholder}} holds a control character`;
  return undefined;
}

function complaintsOf(pattern: string): string[] {
  const complaints: string[] = [];
  const unknown = [...pattern.matchAll(PLACEHOLDER)]
    .map((match) => match[1] ?? '')
    .filter((p) => !isPlaceholder(p));
  for (const placeholder of unknown) complaints.push(`no placeholder '{${placeholder}}' exists`);
  const literal = pattern.replaceAll(PLACEHOLDER, 'x');
  if (/[{}]/.test(literal)) complaints.push('a brace is not closed');
  if (CONTROL.test(pattern)) complaints.push('holds a control character');
  if (isStoreLayer(pattern)) {
    const address = readStoreLayer(literal);
    const reasons = [address.kind === 'unusable' ? address.reason : undefined, misplacedInStore(pattern)];
    return [...complaints, ...reasons.filter((reason) => reason !== undefined)];
  }
  if (pattern === OVERRIDE_LAYER)
    complaints.push('is the name of the runtime layer, which is always the strongest');
  if (pattern === '') complaints.push('is empty');
  else if (pattern.startsWith('/')) complaints.push('is absolute; layers are relative to the source');
  else if (literal.split('/').some((part) => part === '')) complaints.push('has an empty path segment');
  if (literal.split('/').some((part) => part === '.' || part === '..'))
    complaints.push("has a '.' or '..' segment");
  return complaints;
}

function isPlaceholder(text: string): boolean {
  return (
    /^tag:.+$/.test(text) ||
    ['region', 'zone', 'account', 'partition', 'role', 'environment', 'instanceId'].includes(text)
  );
}
