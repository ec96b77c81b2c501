// The buttons of a monitor's page, where scripts run.

/** Checks now, or tests an alert, and says in place how that ended. */
document.addEventListener('submit', async (event) => {
  const form = event.target
  const action = Object.keys(ACTIONS).find((one) => form.matches(`form.${one}`))
  if (action === undefined) return
  event.preventDefault()
  const { path, doing, failed, told, body } = ACTIONS[action]
  const said = document.getElementById('checked')
  form.closest('details')?.removeAttribute('open')
  disable(action, true)
  said.textContent = doing
  try {
    const { monitor } = document.documentElement.dataset
    const address = new URL(`../api/v1/monitors/${encodeURIComponent(monitor)}/${path}`, SCRIPT)
    const headers = { 'Content-Type': 'application/json' }
    const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body(form)) })
    const json = await answer.json()
    said.textContent = json.error === undefined ? told(json) : `${failed}: ${json.error.message}.`
  } catch {
    said.textContent = `${failed}: no connection.`
  }
  disable(action, false)
})

/** The page may have got another button meanwhile. */
function disable(action, isDisabled) {
  for (const one of document.querySelectorAll(`form.${action} button`)) one.disabled = isDisabled
}

/** By the class of their forms. */
const ACTIONS = {
  check: {
    path: 'check',
    doing: 'Checking …',
    failed: 'Not checked',
    body: () => undefined,
    told({ outcome, reason, duration_ms: ms }) {
      return `${words(outcome, reason)}${ms === null ? '' : ` in ${Math.ceil(ms)} ms`}.`
    },
  },
  test: {
    path: 'test-alert',
    doing: 'Testing …',
    failed: 'Not tested',
    body: (form) => ({ alert: form.elements.alert.value }),
    told({ alert, delivered, reason, output }) {
      const text = endsOf(output.trim())
      return `${delivered ? `${alert} delivered` : `${alert} failed: ${reason}`}${text === '' ? '.' : `: ${text}`}`
    },
  },
}
const SCRIPT = document.currentScript.src

/** Errors are at the end of what a command prints. */
function endsOf(text) {
  return text.length > 300 ? `${text.slice(0, 100)} … ${text.slice(-200)}` : text
}

function words(outcome, reason) {
  const word = outcome.replace('_', ' ')
  const isSaid = reason === '' || outcome === 'passed'
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}${isSaid ? '' : `: ${reason}`}`
}

// A time that is typed wins over those to choose from: none of them looks chosen meanwhile.
document.addEventListener('input', ({ target }) => {
  if (target.name !== 'custom') return
  const choices = [...target.form.querySelectorAll('input[type="radio"][name="duration"]')]
  if (target.value !== '') for (const one of choices) one.checked = false
  else if (!choices.some(({ checked }) => checked)) choices[0].checked = true
})
