// The buttons of a monitor's page, where scripts run.

/** Checks now, and says in place how it ended. */
document.addEventListener('submit', async (event) => {
  const form = event.target
  if (!form.matches('form.check')) return
  event.preventDefault()
  const said = document.getElementById('checked')
  const button = form.querySelector('button')
  button.disabled = true
  said.textContent = 'Checking …'
  try {
    const { monitor } = document.documentElement.dataset
    const address = new URL(`../api/v1/monitors/${encodeURIComponent(monitor)}/check`, SCRIPT)
    const answer = await fetch(address, { method: 'POST' })
    const { outcome, reason, duration_ms: ms, error } = await answer.json()
    const took = ms === null ? '' : ` in ${Math.ceil(ms)} ms`
    said.textContent = error === undefined ? `${words(outcome, reason)}${took}.` : `Not checked: ${error.message}.`
  } catch {
    said.textContent = 'Not checked: no connection.'
  }
  // The page may have got another button meanwhile.
  for (const one of document.querySelectorAll('form.check button')) one.disabled = false
})
const SCRIPT = document.currentScript.src

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
