type CookieGroups = Readonly<Record<string, readonly string[]>>;

/** Names of cookies that make a request personal, by what they are about; `*` stands for any characters. */
export const personalCookies = Object.freeze({
  'a session or its token': [
    ...[
      'connect.sid',
      'sid',
      '*.sid',
      '*sess*',
      '*auth*',
      '*token*',
      '*jwt*',
      'remember*',
      '*csrf*',
      '*xsrf*',
    ],
    ...['__Host-*', '__Secure-*'],
  ],
  'who the visitor is': [
    ...[
      '*login*',
      '*logged-in*',
      '*logged_in*',
      '*loggedin*',
      '*signed_in*',
      '*signedin*',
      '*user*',
      '*member*',
      '*account*',
      '*customer*',
      '*admin*',
    ],
    ...['*subscri*', '*identity*', 'ghost-*', 'wordpress_*', 'wp-postpass*', 'wp-settings*'],
  ],
  'what the visitor has chosen or collected': [
    ...[
      '*cart*',
      '*basket*',
      '*checkout*',
      '*wishlist*',
      'woocommerce_*',
      '*currency',
      '*country',
      '*region',
    ],
    ...['i18n*', '*lang', '*language', '*locale'],
  ],
  'what only this visitor may see': [
    ...['*preview*', '*draft*', '*prerender*', '*verified*', '*unlocked*', 'flash*', '*_flash', 'messages'],
  ],
} satisfies CookieGroups);

/**
 * Names of cookies by which no server renders anything, by who sets them: proxies in front of the site, and scripts of
 * others. Some look like those of a session or a user, but this list decides.
 */
export const foreignCookies = Object.freeze({
  Cloudflare: [
    '__cf_bm',
    'cf_clearance',
    '_cfuvid',
    '__cflb',
    '__cfruid',
    'cf_chl_*',
    'cf_ob_info',
    'cf_use_ob',
  ],
  Akamai: ['_abck', 'ak_bmsc', 'bm_mi', 'bm_s', 'bm_so', 'bm_ss', 'bm_sv', 'bm_sz', 'AKA_A2'],
  'Imperva (Incapsula)': ['visid_incap_*', 'incap_ses_*', 'nlbi_*', 'reese84', '___utmvc'],
  DataDome: ['datadome'],
  'HUMAN (PerimeterX)': ['_px*', 'pxcts'],
  'DDoS-Guard': ['__ddg*'],
  'AWS load balancers': ['AWSALB*', 'AWSELB*'],
  'Azure load balancers': ['ARRAffinity*', 'ASLBSA*', 'ApplicationGatewayAffinity*'],
  'Google Cloud load balancers': ['GCLB'],
  'F5 BIG-IP': ['BIGipServer*', 'TS01*'],
  'HAProxy, nginx, hosts': ['SERVERID*', 'INGRESSCOOKIE', 'DO-LB', 'heroku-session-affinity'],
  'Google Analytics, Ads, Tag Manager': [
    ...[
      '_ga*',
      '_gid',
      '_gat*',
      '_gcl_*',
      '_gac_*',
      '__utm*',
      '_dc_gtm_*',
      'FPID',
      'FPLC',
      '__gads',
      '__gpi',
    ],
    ...['__eoi', '_GRECAPTCHA'],
  ],
  Meta: ['_fbp', '_fbc'],
  'Microsoft Clarity, Advertising, Application Insights': [
    ...['_clck', '_clsk', '_uetsid', '_uetvid', '_uetmsclkid', 'ai_session', 'ai_user'],
  ],
  'LinkedIn, Pinterest, Reddit, Snapchat, TikTok, X': [
    ...[
      'li_fat_id',
      '_pin_unauth',
      '_pinterest_*',
      '_derived_epik',
      '_epik',
      '_rdt_uuid',
      '_rdt_em',
      '_scid*',
    ],
    ...['_sctr', '_ttp', '_tt_enable_cookie', 'ttcsid*', '_twpid', '_twclid'],
  ],
  Hotjar: ['_hj*', '_hj*Session*', '_hjUserAttributes*'],
  'Matomo, Piwik PRO': [
    '_pk_*',
    'mtm_*',
    'stg_last_interaction',
    'stg_returning_visitor',
    'stg_traffic_source_priority',
  ],
  PostHog: ['ph_*'],
  Mixpanel: ['mp_*'],
  Amplitude: ['AMP_*', 'amplitude_*'],
  'Segment, RudderStack': [
    ...['ajs_*', 'ajs_user_id', 'rl_anonymous_id', 'rl_user_id', 'rl_trait', 'rl_group_*', 'rl_page_init_*'],
    ...['rl_session'],
  ],
  'Heap, FullStory, Smartlook': ['_hp2_*', 'userty.core.*', 'fs_uid', 'fs_lua', 'SL_C_*'],
  'Datadog, New Relic': ['_dd_s', 'NREUM'],
  'Adobe Analytics': ['AMCV_*', 'AMCVS_*', 's_cc', 's_sq', 's_vi', 's_fid', 's_ecid', 's_ppv', 's_nr'],
  'Optimizely, VWO': ['optimizely*', 'optimizelyEndUserId', 'optimizelySession', '_vwo_*', '_vis_opt_*'],
  'Chartbeat, Comscore, Crazy Egg, Parse.ly, Quantcast, Snowplow': [
    ...[
      '_cb',
      '_cb_*',
      '_chartbeat*',
      '_ce.*',
      '_CEFT',
      '_parsely_*',
      '_parsely_session',
      '__qca',
      '_sp_id.*',
    ],
    ...['_sp_ses.*'],
  ],
  'Baidu, Yandex': ['Hm_lvt_*', 'Hm_lpvt_*', '_ym_*'],
  'Criteo, Outbrain, Taboola': ['cto_*', '_obid', 't_gid', 't_pt_gid'],
  HubSpot: ['hubspotutk', '__hs*', 'messagesUtk'],
  'Klaviyo, Marketo': ['__kla_id', '_mkto_trk'],
  Intercom: ['intercom-*', 'intercom-session-*'],
  'Crisp, Drift, LiveChat, Tawk, Zendesk': [
    ...[
      'crisp-client*',
      'crisp-client*session*',
      'drift_*',
      'driftt_*',
      '__lc_*',
      'tawk*',
      'twk_*',
      '__zlcmid',
    ],
  ],
  Stripe: ['__stripe_mid', '__stripe_sid'],
  'Shopify analytics': ['_shopify_s', '_shopify_y', '_shopify_sa_*'],
  'Consent banners': [
    ...['OptanonConsent', 'OptanonAlertBoxClosed', 'eupubconsent-v2', 'euconsent-v2', 'addtl_consent'],
    ...['CookieConsent', 'CookieConsentBulkSetting*', 'cookieconsent_status', 'didomi_token', 'cookieyes-*'],
    ...['cky-*', 'cmplz_*', 'borlabs-cookie', '_iub_cs-*', 'notice_behavior', 'notice_gdpr_prefs', 'cmapi_*'],
    ...['TAsessionID', 'axeptio_*', 'tarteaucitron', 'consentUUID', '_sp_su'],
  ],
} satisfies CookieGroups);

/** The app answers requests that have one of these. */
export const defaultBypassCookies: readonly string[] = Object.freeze(Object.values(personalCookies).flat());

/** Requests that have no other cookies may create pages. */
export const defaultIgnoreCookies: readonly string[] = Object.freeze(Object.values(foreignCookies).flat());
