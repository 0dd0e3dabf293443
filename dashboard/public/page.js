(() => {
  const html = document.documentElement, lang = html.lang
  const one = (css) => document.querySelector(css)
  const all = (css) => [...document.querySelectorAll(css)]
  const tongue = `${lang}-u-nu-${html.dataset.digits}`
  const number = new Intl.NumberFormat(tongue)
  const share = new Intl.NumberFormat(tongue, {style: 'percent'})
  // The page says how far its clock is from UTC: browsers know old zones, or none.
  const clock = (at, seconds) => new Intl.DateTimeFormat(tongue, {
    timeZone: 'UTC', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
    ...(seconds ? {second: '2-digit'} : now() - at > 72e6 ? {day: 'numeric', month: 'short'} : {}),
  }).format(at + html.dataset.offset * 60000)
  let skew = 0, live = null, page = null, late = '', turn = 0, paused = false, asking = true, timer
  const now = () => Date.now() + skew

  const path = (key) => key.split('.').reduce((at, name) => at?.[name], live)
  const numbers = () => {
    all('[data-n]').forEach((e) => {
      const value = path(e.dataset.n)
      if (value !== undefined) e.textContent = value === null ? '—' : number.format(value)
    })
    const {views, target_views: target, counted_at: at} = live
    if (at && one('[data-at]')) one('[data-at]').textContent = clock(Date.parse(at), true)
    if (!target || views === null || views >= target) return
    all('[data-left]').forEach((e) => { e.textContent = number.format(target - views) })
    all('[data-share]').forEach((e) => { e.textContent = share.format(Math.floor(views / target * 100) / 100) })
  }
  const renew = async () => {
    const answer = await fetch(location.pathname)
    if (!answer.ok) return
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html')
    if (next.querySelector('style').textContent !== one('style').textContent) return location.reload()
    const open = all('details[open]').map((e) => e.id), focus = document.activeElement?.id
    one('main').replaceWith(next.querySelector('main'))
    document.title = next.title
    html.dataset.state = next.documentElement.dataset.state
    open.forEach((id) => document.getElementById(id)?.setAttribute('open', ''))
    if (focus) document.getElementById(focus)?.focus()
    tick()
  }
  const poll = async () => {
    clearTimeout(timer)
    if (!paused && !document.hidden) try {
      const answer = await fetch('live.json')
      if (!answer.ok) throw answer
      const date = Date.parse(answer.headers.get('date'))
      if (date) skew = date - Date.now()
      live = await answer.json()
      if (page === null) [page, late] = [live.page, `${live.late}`]
      const turned = live.state !== html.dataset.state || late !== `${live.late}`
      if (live.page !== page && (turned || ++turn % 4 === 0)) {
        [page, late] = [live.page, `${live.late}`]
        await renew()
      }
      numbers()
    } catch { /* the age below says it */ }
    asking = false
    tick()
    timer = setTimeout(poll, 15000 + Math.random() * 3000)
  }
  const tick = () => {
    const at = Date.parse(live?.published_at ?? html.dataset.published)
    const old = now() - at > html.dataset.after * 1000
    const alarm = one('#stale')
    if (alarm && !asking && !document.hidden) {
      const quiet = html.dataset.state === 'final' || paused
      alarm.hidden = !old || quiet
      one('#since').textContent = clock(at)
      html.toggleAttribute('data-stale', old && !quiet)
    }
    const count = one('.count')
    if (!count) return
    const left = Math.floor((Date.parse(count.dataset.until) - now()) / 1000)
    count.hidden = left < 0
    if (one('#begun')) one('#begun').hidden = left >= 0
    const parts = [left / 86400, left / 3600 % 24, left / 60 % 60, left % 60]
    all('.count b').forEach((e, index) => { e.textContent = new Intl.NumberFormat(tongue, {minimumIntegerDigits: index ? 2 : 1}).format(Math.floor(parts[index])) })
  }
  const button = one('#pause')
  button.hidden = false
  button.onclick = () => {
    paused = !paused
    html.toggleAttribute('data-paused', paused)
    button.textContent = paused ? button.dataset.resume : button.dataset.pause
  }
  document.addEventListener('visibilitychange', () => {
    asking = true // what was not asked for while nobody looked is not stale
    if (!document.hidden) poll()
  })
  setInterval(() => { if (!paused) tick() }, 1000)
  poll()
})()
