import 'express-session';

declare module 'express-session' {
  /** What the site keeps of a visitor who has signed in. */
  interface SessionData {
    user: string;
    /** What the forms of this session repeat, so that no other site can send them. */
    token: string;
    /** Shown once, on the next page. */
    flash: string;
  }
}
