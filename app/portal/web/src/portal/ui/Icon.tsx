/** Drawn on a 20-pixel grid with a line of 1.6, in the colour of the text around them. */
const PATHS = {
  alert: "M10 3.2 17.6 16.4H2.4L10 3.2Zm0 5v3.6m0 2.4v.1",
  arrow: "M4 10h12m-5-5 5 5-5 5",
  bell: "M5.2 13.6V9a4.8 4.8 0 0 1 9.6 0v4.6l1.4 1.6H3.8l1.4-1.6Zm3.2 3.4a1.7 1.7 0 0 0 3.2 0",
  board: "M3.5 4h3.6v12H3.5zM8.2 4h3.6v8H8.2zM12.9 4h3.6v10h-3.6z",
  book: "M4 4.5c2-.9 4-.9 6 .3 2-1.2 4-1.2 6-.3v11c-2-.9-4-.9-6 .3-2-1.2-4-1.2-6-.3zM10 4.8v11",
  bolt: "M11.5 2.8 4.5 11.5h5l-1 5.7 7-8.7h-5l1-5.7Z",
  calendar: "M3.5 5h13v11.5h-13zM3.5 8.5h13M7 3v3m6-3v3",
  chart: "M3.5 16.5h13M5.5 14V9.5M10 14V4.5M14.5 14V7.5",
  check: "m4 10.5 4 4 8-9",
  chevron: "m7.5 4.5 5.5 5.5-5.5 5.5",
  clock: "M10 3.2a6.8 6.8 0 1 1 0 13.6 6.8 6.8 0 0 1 0-13.6Zm0 3.3V10l2.6 1.8",
  close: "m5 5 10 10M15 5 5 15",
  comment: "M3.5 4.5h13v9h-7l-3.5 3v-3H3.5z",
  copy: "M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7",
  document: "M5 3h6.5L15 6.5V17H5zM11.5 3v3.5H15M7.5 10.5h5m-5 3h5",
  down: "M10 4v12m-5-5 5 5 5-5",
  edit: "m4 16 .8-3.4L13 4.4a1.4 1.4 0 0 1 2 0l.6.6a1.4 1.4 0 0 1 0 2L7.4 15.2 4 16Z",
  filter: "M3 5h14M5.5 10h9M8 15h4",
  gear: "M10 7.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM10 2.8v2m0 10.4v2M2.8 10h2m10.4 0h2M4.9 4.9l1.4 1.4m7.4 7.4 1.4 1.4m0-10.2-1.4 1.4m-7.4 7.4-1.4 1.4",
  globe: "M10 3.2a6.8 6.8 0 1 1 0 13.6 6.8 6.8 0 0 1 0-13.6ZM3.4 10h13.2M10 3.2c4 4 4 9.6 0 13.6-4-4-4-9.6 0-13.6Z",
  grip: "M7.5 5v.1m5-.1v.1M7.5 10v.1m5-.1v.1M7.5 15v.1m5-.1v.1",
  leave: "M8 3.5H4v13h4M8 10h9m-3.5-3.5L17 10l-3.5 3.5",
  library: "M4 4h3v12H4zM8.5 4h3v12h-3zM13.2 5l2.6-.6 2.2 11.2-2.6.6z",
  link: "M8.5 11.5 15 5m-4-.5h4.5V9M13 11.5v4H4.5V7h4",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  moon: "M16 12.2A6.8 6.8 0 0 1 7.8 4a6.8 6.8 0 1 0 8.2 8.2Z",
  more: "M5 10v.1m5-.1v.1m5-.1v.1",
  out: "M8 5H4.5v10.5H15V12M11 4h5v5m0-5-7.5 7.5",
  person: "M10 3.5a3.2 3.2 0 1 1 0 6.4 3.2 3.2 0 0 1 0-6.4ZM3.8 17c.5-3.2 3-5 6.2-5s5.7 1.8 6.2 5",
  picture: "M3.5 4.5h13v11h-13zM3.5 13l3.5-3.5 3 3 2.5-2.5 4 4M12.8 7.6v.1",
  plus: "M10 4.5v11M4.5 10h11",
  registration: "M5 3h10v14H5zM8 7.5h4M7.5 11.5l1.8 1.8 3.2-3.6",
  remove: "M4.5 6h11M8 6V4h4v2m-6 0 .7 10.5h6.6L14 6",
  search: "M9 3.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11Zm4 9.5 3.5 3.5",
  shield: "M10 3l6 2v5c0 3.5-2.5 5.8-6 7-3.5-1.2-6-3.5-6-7V5l6-2Z",
  sort: "M6.5 4v12m-3-3 3 3 3-3M13.5 16V4m-3 3 3-3 3 3",
  spark: "M10 3v4m0 6v4m-7-7h4m6 0h4M5.5 5.5l2 2m5 5 2 2m0-9-2 2m-5 5-2 2",
  sun: "M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7ZM10 2.5v1.5m0 12v1.5M2.5 10H4m12 0h1.5M4.7 4.7l1 1m8.6 8.6 1 1m0-10.6-1 1m-8.6 8.6-1 1",
  task: "M3.5 4h13v12.5h-13zm3.5 6 2 2 4-4.5",
  team: "M7.5 4a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4ZM2.5 16c.4-2.9 2.3-4.5 5-4.5s4.6 1.6 5 4.5m.5-11.7a2.7 2.7 0 0 1 0 4.9m1.5 2.7c1.8.6 2.8 2 3 4.1",
  today: "M3.5 10 10 4l6.5 6M5.5 8.5v8h9v-8",
  undo: "M4 8h8a4 4 0 0 1 0 8H8M4 8l3.5-3.5M4 8l3.5 3.5",
  up: "M10 16V4m-5 5 5-5 5 5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
