import 'express-session';

declare module 'express-session' {
  /** What the site stores about a visitor who has signed in. */
  interface SessionData {
    user: string;
    /** The token that the forms of this session repeat, so that no other site can send them. */
    token: string;
    /** Shown once, on the next page. */
    flash: string;
  }
}
