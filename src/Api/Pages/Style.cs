namespace Voxeltron.Api.Pages;

/// <summary>The one stylesheet. System fonts, follows the reader's light or dark setting, contrast at least 4.5 : 1.</summary>
internal static class Style
{
    public const string Css =
        """
        :root { color-scheme: light dark; --ink: #17202a; --soft: #55606e; --paper: #f7f8fa; --card: #ffffff; --line: #d9dee5; --accent: #0b5cad; --good: #1a6b3c; --bad: #a3262a; --wait: #7a5200; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8ebef; --soft: #a5afbc; --paper: #12161b; --card: #1b2128; --line: #323b46; --accent: #7db8f5; --good: #7fd6a0; --bad: #ff9a97; --wait: #f0c060; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        a { color: var(--accent); }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        .skip { position: absolute; left: -100vw; }
        .skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; }
        header { display: flex; gap: 1rem; align-items: center; justify-content: space-between; flex-wrap: wrap; padding: .75rem 1.5rem; background: var(--card); border-bottom: 1px solid var(--line); }
        .name { display: inline-flex; align-items: center; gap: .6rem; color: var(--ink); font-weight: 650; font-size: 1.15rem; text-decoration: none; letter-spacing: .01em; }
        .mark { width: 1.1rem; height: 1.1rem; border-radius: 3px; background: linear-gradient(135deg, var(--accent) 50%, var(--good) 50%); }
        .who { display: flex; gap: .75rem; align-items: center; color: var(--soft); }
        main { max-width: 70rem; margin: 0 auto; padding: 1.5rem; }
        h1 { font-size: 1.5rem; margin: 0 0 1rem; }
        h2 { font-size: 1.15rem; margin: 2rem 0 .75rem; }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 0; padding: 0; list-style: none; }
        .cards li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem; }
        .cards b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
        .cards span { color: var(--soft); }
        .scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
        table { border-collapse: collapse; width: 100%; }
        caption { text-align: left; padding: .6rem 1rem; color: var(--soft); }
        th, td { padding: .5rem 1rem; text-align: left; border-top: 1px solid var(--line); white-space: nowrap; }
        th { font-weight: 600; color: var(--soft); }
        .number { text-align: right; font-variant-numeric: tabular-nums; }
        code { font: .875rem/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
        .status { font-weight: 600; }
        .completed { color: var(--good); } .failed, .cancelled { color: var(--bad); } .open, .running, .paused, .budget_exhausted { color: var(--wait); }
        form.login { max-width: 30rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1.5rem; }
        label { display: block; font-weight: 600; margin-bottom: .35rem; }
        input[type=password] { width: 100%; font: inherit; padding: .55rem .7rem; border: 1px solid var(--soft); border-radius: 6px; background: var(--paper); color: var(--ink); }
        button { font: inherit; font-weight: 600; padding: .5rem 1rem; border: 1px solid var(--accent); border-radius: 6px; background: var(--accent); color: var(--card); cursor: pointer; }
        form.login button { margin-top: 1rem; }
        .who button { background: transparent; color: var(--accent); padding: .25rem .75rem; }
        .hint { color: var(--soft); }
        .error { color: var(--bad); font-weight: 600; }
        .links { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; padding: 0; list-style: none; }
        """;
}
