/* What a page does in the browser beyond Streamlit. Run at each run of the page with what the server
   told; what is set up is set up once. */
(told => {
  const root = document.documentElement;
  const first = !window.livetally;
  window.livetally = told;
  const now = () => window.livetally;

  root.lang = told.lang;
  root.dir = told.dir;
  root.classList.toggle("lt-kiosk", told.kiosk);
  root.classList.toggle("lt-bare", told.bare);

  /* Streamlit takes its theme from this parameter, when it starts. */
  const address = new URL(location.href);
  const wish = told.theme && `${told.theme}_theme`;
  if (wish && told.theme !== told.shown && address.searchParams.get("embed_options") !== wish) {
    address.searchParams.set("embed_options", wish);
    location.replace(address);
    return;
  }
  if (address.searchParams.get("lang") === told.lang) {
    document.cookie = `livetally_lang=${told.lang}; path=/; max-age=31536000; SameSite=Lax`;
  }
  const skip = document.querySelector("[data-testid=stSkipToContent]");
  if (skip) skip.textContent = told.words.skip;
  if (!first) return;

  /* The page's clock; its offset is the server's, whose table of zones may be newer than ours. */
  const clock = at => new Intl.DateTimeFormat(`${now().lang}-u-nu-${now().digits}`,
    { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" })
    .format(at.getTime() + 1000 * now().offset);

  /* The connection: a page that no longer hears of anything must say so. */
  const PATIENCE = 4000;
  let lostAt = null, banner = null;
  const app = () => document.querySelector("[data-test-connection-state]");
  const answers = () => fetch(new URL("_stcore/health", location.href), { cache: "no-store" })
    .then(answer => answer.ok, () => false);
  setInterval(() => {
    const lost = app()?.dataset.testConnectionState !== "CONNECTED";
    if (lost && lostAt === null) lostAt = new Date();
    if (lost && !banner && Date.now() - lostAt >= PATIENCE) {
      banner = document.createElement("div");
      banner.id = "lt-lost";
      banner.setAttribute("role", "alert");
      banner.textContent = now().words.lost.replace("{at}", clock(lostAt));
      (document.getElementById("stMain") ?? document.body).append(banner);
      root.classList.add("lt-offline");
    }
    if (!lost) {
      lostAt = null;
      if (banner) {
        banner.remove();
        banner = null;
        root.classList.remove("lt-offline");
      }
    }
    /* Streamlit gives up in the end; a screen on a wall has nobody to reload it. */
    if (banner && now().kiosk && Date.now() - lostAt > 60000) {
      answers().then(yes => yes && location.reload());
    }
  }, 1000);

  /* A screen on a wall: it stays awake, moves by some pixels each hour, and begins each day anew. */
  const SHIFTS = [[0, 0], [4, 0], [4, 4], [0, 4], [-4, 4], [-4, 0], [-4, -4], [0, -4], [4, -4]];
  const shift = () => {
    const [x, y] = now().kiosk ? SHIFTS[Math.floor(Date.now() / 3600000) % SHIFTS.length] : [0, 0];
    root.style.setProperty("--lt-x", `${x}px`);
    root.style.setProperty("--lt-y", `${y}px`);
  };
  const awake = () => {
    if (now().kiosk && document.visibilityState === "visible") {
      navigator.wakeLock?.request("screen").catch(() => {});
    }
  };
  const dawn = new Date();
  dawn.setHours(28, 30, Math.random() * 600, 0); // half past four tomorrow, not all at once
  setInterval(() => {
    shift();
    if (now().kiosk && Date.now() > dawn) answers().then(yes => yes && location.reload());
  }, 60000);
  document.addEventListener("visibilitychange", awake);
  shift();
  awake();

  document.addEventListener("click", event => {
    const copy = event.target.closest?.("[data-lt-copy]");
    const save = event.target.closest?.("[data-lt-save]");
    if (copy) copyLink(copy);
    if (save) savePicture(save);
  });

  async function copyLink(button) {
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = now().words.copied;
    } catch { /* over plain http there is no clipboard */
      prompt(now().words.copy, location.href);
    }
    setTimeout(() => { button.textContent = said; }, 2500);
  }

  /* The chart with its sentence and source, as a file that needs nothing else. */
  async function savePicture(button) {
    const figure = button.closest("[class*=st-key-figure-]");
    const drawn = figure?.querySelector(".stEChartsChart svg");
    if (!drawn) return;
    const { width, height } = drawn.getBoundingClientRect();
    const text = await picture(figure, drawn, width, height);
    const name = `livetally-${[...figure.classList].find(c => c.startsWith("st-key-figure-")).slice(14)}`;
    const svg = new Blob([text], { type: "image/svg+xml" });
    if (button.dataset.ltSave === "svg") return hand(svg, `${name}.svg`);
    const image = new Image();
    image.src = URL.createObjectURL(svg);
    await image.decode();
    await new Promise(done => setTimeout(done, FONTS)); // decode() does not wait for them
    const canvas = document.createElement("canvas");
    canvas.width = 2 * image.width;
    canvas.height = 2 * image.height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    canvas.toBlob(png => hand(png, `${name}.png`), "image/png");
  }

  const FONTS = 400; // milliseconds in which a picture takes up the fonts within it
  const HEAD = 64, FOOT = 34, EDGE = 16;
  async function picture(figure, drawn, width, height) {
    const style = getComputedStyle(figure.querySelector(".lt"));
    const rtl = root.dir === "rtl";
    const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const add = (name, attributes, text = "") => {
      const part = document.createElementNS(made.namespaceURI, name);
      Object.entries(attributes).forEach(([key, value]) => part.setAttribute(key, value));
      part.textContent = text;
      made.append(part);
    };
    const w = width + 2 * EDGE, h = height + HEAD + FOOT;
    Object.entries({ width: w, height: h, viewBox: `0 0 ${w} ${h}`, "font-family": style.fontFamily })
      .forEach(([key, value]) => made.setAttribute(key, value));
    add("style", {}, await faces());
    add("rect", { width: w, height: h, fill: style.getPropertyValue("--lt-page") });
    const line = (selector, y, size, weight, color) => add("text", {
      x: rtl ? w - EDGE : EDGE, y, "font-size": size, "font-weight": weight,
      direction: root.dir, fill: style.getPropertyValue(color),
    }, figure.querySelector(selector)?.textContent ?? "");
    line(".lt-caption h2", 28, 18, 650, "--lt-text");
    line(".lt-caption .unit", 50, 13, 400, "--lt-muted");
    line(".lt-source-line .source", h - 12, 12, 400, "--lt-muted");
    const chart = drawn.cloneNode(true);
    chart.setAttribute("x", EDGE);
    chart.setAttribute("y", HEAD);
    chart.setAttribute("width", width);
    chart.setAttribute("height", height);
    chart.querySelectorAll("text").forEach(turned);
    made.append(chart);
    return new XMLSerializer().serializeToString(made);
  }

  /* Outside a page Chromium tears text that an isolate turns round: it gets a direction instead. */
  function turned(text) {
    const [, inside] = text.textContent.match(/^\u2067([^]*)\u2069$/) ?? [];
    if (inside === undefined) return;
    const anchor = text.getAttribute("text-anchor") ?? "start";
    text.textContent = inside;
    text.setAttribute("direction", "rtl");
    text.setAttribute("text-anchor", { start: "end", end: "start" }[anchor] ?? anchor);
  }

  /* A picture cannot ask for fonts, so those that the page uses for Arabic go into it. */
  async function faces() {
    if (now().lang !== "ar") return "";
    const found = [...document.fonts].filter(face => face.status === "loaded"
      && /Noto Sans Arabic|Eastern Digits/.test(face.family));
    const files = { 400: "NotoSansArabic-Regular", 700: "NotoSansArabic-Bold" };
    const rules = found.map(async face => {
      const eastern = /Eastern/.test(face.family);
      const file = eastern ? "EasternDigits" : files[face.weight] ?? files[400];
      const bytes = await (await fetch(new URL(`app/static/${file}.woff2`, location.href))).arrayBuffer();
      const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
      return `@font-face{font-family:${face.family};font-weight:${face.weight};`
        + `unicode-range:${face.unicodeRange};src:url(data:font/woff2;base64,${text})}`;
    });
    return (await Promise.all(rules)).join("");
  }

  function hand(file, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
})
