// Numbers, sizes and times as people read them.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const moment = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const HALF_DAY = 12 * 3600 * 1000;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** What stands for a number that is not known. */
export const UNKNOWN = '–';

const known = value => typeof value === 'number' && Number.isFinite(value);

/** A count: 1,234. */
export const count = value => (known(value) ? whole.format(value) : UNKNOWN);

/** A count in little room: 1.2M. Below 100,000 in full. */
export const short = value => (known(value) ? (Math.abs(value) < 100_000 ? whole.format(value) : compact.format(value)) : UNKNOWN);

/** A rate: with a decimal below 10. */
export const rate = value => (known(value) ? (value > 0 && value < 9.95 ? tenth.format(value) : short(value)) : UNKNOWN);

/** A share from 0 to 1: 61 %. What is more than nothing is never shown as 0, and what is less than all never as 100. */
export function percent(share, digits = 0) {
  if (!known(share)) return UNKNOWN;
  const value = share * 100;
  if (digits > 0) return `${value.toFixed(digits)} %`;
  const rounded = Math.round(value);
  if (rounded === 0 && value > 0) return '< 1 %';
  if (rounded === 100 && value < 100) return '99 %';
  return `${whole.format(rounded)} %`;
}

/** A size: 12 MiB. */
export function bytes(value) {
  if (!known(value)) return UNKNOWN;
  let unit = 0;
  let size = Math.abs(value);
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit++;
  }
  const number = unit === 0 || size >= 100 ? whole.format(size) : tenth.format(size);
  return `${value < 0 ? '−' : ''}${number} ${UNITS[unit]}`;
}

/** An amount in a unit of the API: bytes are scaled, others named. */
export const amount = (value, unit) => (unit === 'bytes' ? bytes(value) : `${short(value)} ${unit}`);

/** A duration from seconds: 48 s, 3 min 20 s, 2 h 5 min, 3 d 4 h. */
export function duration(seconds) {
  if (!known(seconds) || seconds < 0) return UNKNOWN;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return join(Math.floor(s / 60), 'min', s % 60, 's');
  if (s < 86_400) return join(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'min');
  return join(Math.floor(s / 86_400), 'd', Math.floor((s % 86_400) / 3600), 'h');
}

/** A latency from seconds: 0.4 ms, 12 ms, 1.3 s, 12 s. */
export function latency(seconds) {
  if (!known(seconds)) return UNKNOWN;
  const ms = seconds * 1000;
  if (ms < 10) return `${tenth.format(ms)} ms`;
  if (ms < 1000) return `${whole.format(ms)} ms`;
  return seconds < 10 ? `${tenth.format(seconds)} s` : duration(seconds);
}

/** How long ago. */
export function ago(seconds) {
  if (!known(seconds)) return UNKNOWN;
  return seconds < 1.5 ? 'now' : `${duration(seconds)} ago`;
}

/** The time of day. */
export const timeOfDay = date => clock.format(date);

/** When it was or will be, from an ISO text: the time of day where no other day can be meant, else with the date; unknown where there is none. */
export function dateTime(iso) {
  const date = iso ? new Date(iso) : null;
  if (!date || Number.isNaN(date.getTime())) return UNKNOWN;
  return Math.abs(date.getTime() - Date.now()) < HALF_DAY ? clock.format(date) : moment.format(date);
}

/** "1 document", "2 documents". */
export const plural = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

function join(big, bigUnit, small, smallUnit) {
  return small === 0 ? `${whole.format(big)} ${bigUnit}` : `${whole.format(big)} ${bigUnit} ${small} ${smallUnit}`;
}
