/** Whether two names look the same but are two files: their letters are composed in one and decomposed in the other. */
export function isTwin(one: string, other: string): boolean {
  return one !== other && one.normalize() === other.normalize();
}

/** A name with its combining marks escaped, so that it does not look like its twin. */
function revealed(name: string): string {
  return JSON.stringify(name).replace(
    /\p{M}/gu,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function describeTwin(twin: string): string {
  return `there is one named ${revealed(twin)}, which looks the same but consists of different characters; rename it`;
}
