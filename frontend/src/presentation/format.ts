/** JSON up to this many characters stays on one line. */
const lineLength = 72;

/** JSON with a larger depth is not indented, because it would consist mainly of blanks. */
const maxDepth = 32;

/** Formats a parsed value as JSON: on one line up to `longest` characters, else indented. It never throws. */
export function formatJson(value: unknown, longest = lineLength): string {
  try {
    const line = JSON.stringify(value) ?? '';
    return line.length <= longest || depth(line) > maxDepth ? line : JSON.stringify(value, null, 2);
  } catch {
    return '(nested too deeply to show)';
  }
}

/** Returns the depth of JSON. Brackets in strings count, too, so the result may be too large. */
function depth(json: string): number {
  let now = 0;
  let most = 0;
  for (const character of json) {
    if (character === '{' || character === '[') {
      now += 1;
      most = Math.max(most, now);
    } else if (character === '}' || character === ']') {
      now -= 1;
    }
  }
  return most;
}

/** Returns the local time of day with milliseconds: 09:05:07.042. */
export function formatTime(at: number): string {
  return `${formatClock(at)}.${String(new Date(at).getMilliseconds()).padStart(3, '0')}`;
}

/** Returns the local time of day: 09:05:07. */
export function formatClock(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

/** Returns a local time, with the date unless it is today: "09:05:07", "2026-11-23 09:05:07". */
export function formatMoment(at: number): string {
  const day = new Date(at).toLocaleDateString('sv'); // as in ISO 8601
  return day === new Date().toLocaleDateString('sv') ? formatClock(at) : `${day} ${formatClock(at)}`;
}

/** Returns a duration in its two largest units: "2 h 5 min", "40 s", "0.3 s". */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 9950) {
    return `${(milliseconds / 1000).toFixed(1)} s`;
  }
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) {
    return `${seconds} s`;
  }
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min ${seconds % 60} s` : `${hours} h ${minutes % 60} min`;
}

/** Returns a remaining time in whole seconds: "5 s", "2 min 5 s". */
export function formatLeft(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return seconds < 10 ? `${seconds} s` : formatDuration(seconds * 1000);
}

const numbers = new Intl.NumberFormat('en');
const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** Returns a number with a comma between thousands: "1,234". */
export function formatCount(count: number): string {
  return numbers.format(count);
}

/** Returns a number of things: "1 message", "1,234 messages". The plural is the noun with an s, unless it is given. */
export function formatPlural(count: number, noun: string, nouns = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : nouns}`;
}

/** Returns a size. 1 KB is 1024 bytes, as for API Gateway. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) {
    return `${formatCount(bytes)} B`;
  }
  return bytes < 1024 * 1024 ? `${tenths.format(bytes / 1024)} KB` : `${tenths.format(bytes / 1024 / 1024)} MB`;
}

/** Returns a time that has passed: "+0.4 ms", "+12 ms", "+5.0 s", "+2 min 5 s". */
export function formatGap(milliseconds: number): string {
  return `+${milliseconds < 60_000 ? formatMilliseconds(milliseconds) : formatDuration(milliseconds)}`;
}

/** Returns an age in its largest unit: "now", "5 s", "2 min", "3 h". */
export function formatAge(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) {
    return seconds < 1 ? 'now' : `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${formatCount(Math.floor(minutes / 60))} h`;
}

/** Returns a short duration: "0.4 ms", "12 ms", "1.2 s". A dash means that it is undefined. */
export function formatMilliseconds(milliseconds: number | undefined): string {
  if (milliseconds === undefined) {
    return '–';
  }
  if (milliseconds < 9.95) {
    return `${milliseconds.toFixed(1)} ms`;
  }
  return milliseconds < 995 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
