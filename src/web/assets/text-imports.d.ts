declare module '*.css' {
  const text: string
  export = text
}
declare module '*.client.js' {
  const text: string
  export = text
}
declare module 'uplot/dist/uPlot.iife.min.js' {
  const text: string
  export = text
}
declare module 'uplot/dist/uPlot.min.css' {
  const text: string
  export = text
}
