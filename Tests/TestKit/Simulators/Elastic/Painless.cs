using System.Globalization;
using System.Text.RegularExpressions;

namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>
/// As much of the Painless language as scores vectors: <c>double x = …; return …;</c> or one expression of numbers, variables, arithmetic, comparison, the conditional
/// operator and calls of functions.
/// </summary>
internal sealed partial class Painless
{
    private readonly List<string> _tokens;
    private readonly Func<string, IReadOnlyList<object>, double> _call;
    private readonly Func<string, object> _path;
    private readonly Dictionary<string, double> _variables = new(StringComparer.Ordinal);
    private int _at;

    private Painless(string source, Func<string, IReadOnlyList<object>, double> call, Func<string, object> path)
    {
        _tokens = [.. Tokens().Matches(source).Select(static match => match.Value)];
        (_call, _path) = (call, path);
        if (string.Concat(_tokens) != Spaces().Replace(source, ""))
        {
            throw Wrong("there is a character that the simulator does not know");
        }
    }

    /// <summary>Runs a script.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="call">Does a function.</param>
    /// <param name="path">Reads <c>params.x</c> and <c>doc['x']</c>.</param>
    /// <exception cref="ElasticException">It does not compile.</exception>
    public static double Run(string source, Func<string, IReadOnlyList<object>, double> call, Func<string, object> path) => new Painless(source, call, path).Script();

    private double Script()
    {
        while (Take("double"))
        {
            var name = Next();
            Expect("=");
            _variables[name] = Number(Conditional());
            Expect(";");
        }

        _ = Take("return");
        var result = Number(Conditional());
        _ = Take(";");
        return _at == _tokens.Count ? result : throw Wrong($"unexpected token ['{_tokens[_at]}']");
    }

    private object Conditional()
    {
        var condition = Comparison();
        if (!Take("?"))
        {
            return condition;
        }

        var yes = Conditional();
        Expect(":");
        var no = Conditional();
        return condition is true ? yes : no;
    }

    private object Comparison()
    {
        var left = Sum();
        return Take("<") ? Number(left) < Number(Sum()) : Take(">") ? Number(left) > Number(Sum()) : left;
    }

    private object Sum()
    {
        var value = Product();
        while (_at < _tokens.Count && _tokens[_at] is "+" or "-")
        {
            value = Next() == "+" ? Number(value) + Number(Product()) : Number(value) - Number(Product());
        }

        return value;
    }

    private object Product()
    {
        var value = Unit();
        while (_at < _tokens.Count && _tokens[_at] is "*" or "/")
        {
            value = Next() == "*" ? Number(value) * Number(Unit()) : Number(value) / Number(Unit());
        }

        return value;
    }

    private object Unit()
    {
        var token = Next();
        if (token == "(")
        {
            var inner = Conditional();
            Expect(")");
            return inner;
        }

        if (token == "-")
        {
            return -Number(Unit());
        }

        if (char.IsAsciiDigit(token[0]))
        {
            return double.Parse(token, CultureInfo.InvariantCulture);
        }

        if (token[0] == '\'')
        {
            return token[1..^1];
        }

        if (Take("("))
        {
            var arguments = new List<object>();
            while (!Take(")"))
            {
                arguments.Add(Conditional());
                _ = Take(",");
            }

            return _call(token, arguments);
        }

        if (Take("["))
        {
            var name = Next();
            Expect("]");
            return _path($"{token}[{name}]");
        }

        return _variables.TryGetValue(token, out var value) ? value : _path(token);
    }

    private bool Take(string token)
    {
        if (_at < _tokens.Count && _tokens[_at] == token)
        {
            _at++;
            return true;
        }

        return false;
    }

    private string Next() => _at < _tokens.Count ? _tokens[_at++] : throw Wrong("unexpected end of script");

    private void Expect(string token)
    {
        if (Next() is var found && found != token)
        {
            throw Wrong($"unexpected token ['{found}'] was expecting [{token}]");
        }
    }

    private static double Number(object value) => value is double number ? number : throw Wrong($"cannot cast [{value}] to double");

    private static ElasticException Wrong(string why) => new(400, "script_exception", $"compile error: {why}");

    [GeneratedRegex(@"'[^']*'|\d+(\.\d+)?|[A-Za-z_][\w.]*|[-+*/<>?:;=(),\[\]]", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Tokens();

    [GeneratedRegex(@"\s", RegexOptions.None, 1_000)]
    private static partial Regex Spaces();
}
