using System.Collections.Frozen;

namespace Sluice.Actors.Parsing.Code;

/// <summary>Programming, markup and configuration languages by file name and by shebang.</summary>
internal static class Languages
{
    private static readonly FrozenDictionary<string, string> _extensions = Table(
        "c: c h; cpp: cc cpp cxx c++ hh hpp hxx ipp inl; csharp: cs csx cake; fsharp: fs fsi fsx; vb: vb vbs bas; java: java; kotlin: kt kts; scala: scala sc sbt; "
        + "groovy: groovy gradle; go: go; rust: rs; swift: swift; objective-c: m mm; d: d; zig: zig; nim: nim; v: v; dart: dart; javascript: js mjs cjs jsx; "
        + "typescript: ts mts cts tsx; vue: vue; svelte: svelte; astro: astro; php: php phtml; ruby: rb rake gemspec; python: py pyi pyw pyx; perl: pl pm t; "
        + "raku: raku rakumod; lua: lua; r: r; julia: jl; haskell: hs lhs; ocaml: ml mli; elm: elm; erlang: erl hrl; elixir: ex exs; clojure: clj cljs cljc edn; "
        + "lisp: lisp lsp cl el scm ss rkt; prolog: pro; fortran: f f77 f90 f95 f03; ada: adb ads; pascal: pas pp dpr; cobol: cob cbl; assembly: s asm; "
        + "vhdl: vhd vhdl; verilog: sv svh; cuda: cu cuh; glsl: glsl vert frag comp hlsl wgsl metal; opencl: opencl; sql: sql psql ddl; graphql: graphql gql; "
        + "protobuf: proto; thrift: thrift; shell: sh bash zsh fish ksh; powershell: ps1 psm1 psd1; batch: bat cmd; awk: awk; tcl: tcl; make: mk mak; cmake: cmake; "
        + "terraform: tf tfvars hcl hocon; nix: nix; bazel: bzl bazel; docker: dockerfile; yaml: yaml yml; toml: toml; ini: ini cfg conf properties env editorconfig; "
        + "css: css scss sass less styl; razor: razor cshtml; jsp: jsp jspx asp aspx ejs; handlebars: hbs mustache; jinja: j2 jinja jinja2; twig: twig; haml: haml pug; "
        + "solidity: sol; apex: cls trigger; matlab: mlx; latex: sty bst; diff: diff patch; qml: qml; gdscript: gd; crystal: cr; coffeescript: coffee; "
        + "actionscript: as; purescript: purs; reason: re rei; idris: idr; agda: agda; coq: coq; lean: lean; smalltalk: st; vim: vim; lock: lock; http: http rest");

    private static readonly FrozenDictionary<string, string> _names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["Makefile"] = "make",
        ["GNUmakefile"] = "make",
        ["Dockerfile"] = "docker",
        ["Containerfile"] = "docker",
        ["Jenkinsfile"] = "groovy",
        ["Rakefile"] = "ruby",
        ["Gemfile"] = "ruby",
        ["Vagrantfile"] = "ruby",
        ["CMakeLists.txt"] = "cmake",
        ["BUILD"] = "bazel",
        ["WORKSPACE"] = "bazel",
        ["Justfile"] = "make",
        ["Caddyfile"] = "ini",
        [".gitignore"] = "ini",
        [".dockerignore"] = "ini",
        [".gitattributes"] = "ini",
        [".npmrc"] = "ini",
        [".bashrc"] = "shell",
        [".profile"] = "shell",
        [".zshrc"] = "shell",
        [".vimrc"] = "vim",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly string[] _interpreters = ["python", "bash", "zsh", "fish", "ksh", "node", "deno", "perl", "ruby", "php", "lua", "awk", "tclsh", "pwsh", "Rscript", "make", "sh"];

    /// <summary>The language by file name, or null.</summary>
    public static string? ByFileName(string fileName) =>
        _names.TryGetValue(fileName, out var named) ? named
        : _extensions.TryGetValue(Path.GetExtension(fileName).TrimStart('.'), out var language) ? language
        : null;

    /// <summary>The interpreter that the first line of <paramref name="text"/> asks for, or null.</summary>
    public static string? ByShebang(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith("#!", StringComparison.Ordinal))
        {
            return null;
        }

        var end = text.IndexOfAny('\r', '\n');
        var line = text[..(end < 0 ? Math.Min(text.Length, 200) : end)];
        foreach (var interpreter in _interpreters)
        {
            if (line.Contains(interpreter, StringComparison.Ordinal))
            {
                return interpreter;
            }
        }

        return null;
    }

    private static FrozenDictionary<string, string> Table(string lines)
    {
        var table = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Split(';', StringSplitOptions.TrimEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            foreach (var extension in line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                table[extension] = line[..colon];
            }
        }

        return table.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }
}
