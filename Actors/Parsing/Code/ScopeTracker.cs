using System.Text.RegularExpressions;

namespace Sluice.Actors.Parsing.Code;

/// <summary>
/// Follows, by indentation and keywords alone, which type and function the lines of a source file stand in. Cheap, and right for code that is indented as usual.
/// </summary>
internal sealed partial class ScopeTracker
{
    private readonly List<(int Indent, string Name)> _scopes = [];
    private IReadOnlyList<string> _path = [];

    /// <summary>Names that enclose the line, outermost first, the declaration on the line itself left out.</summary>
    public IReadOnlyList<string> Enclosing(ReadOnlySpan<char> line)
    {
        Close(line);
        return _path;
    }

    /// <summary>Takes note of the next line.</summary>
    public void Follow(ReadOnlySpan<char> line)
    {
        Close(line);
        if (line.Length > 300 || !Declaration().IsMatch(line))
        {
            return;
        }

        var name = Declaration().Match(line.ToString()).Groups["name"].Value;
        _scopes.Add((IndentOf(line), name));
        _path = _scopes.ConvertAll(static scope => scope.Name);
    }

    private void Close(ReadOnlySpan<char> line)
    {
        var trimmed = line.Trim();
        if (trimmed.IsEmpty || trimmed[0] is '{' or '#' or ')' or '/' or '*' or '@' or '[')
        {
            return; // The rest of a declaration, a comment or a directive: ends nothing.
        }

        var indent = IndentOf(line);
        if (_scopes.RemoveAll(scope => scope.Indent >= indent) > 0)
        {
            _path = _scopes.ConvertAll(static scope => scope.Name);
        }
    }

    private static int IndentOf(ReadOnlySpan<char> line)
    {
        var indent = 0;
        foreach (var character in line)
        {
            switch (character)
            {
                case ' ':
                    indent++;
                    break;
                case '\t':
                    indent += 4;
                    break;
                default:
                    return indent;
            }
        }

        return indent;
    }

    [GeneratedRegex(
        @"^\s*(?:(?:export|default|public|private|protected|internal|static|abstract|sealed|final|partial|async|pub(?:\([a-z]+\))?|unsafe|readonly|open|data|case|virtual|override|inline|extern|const|ref|local)\s+)*(?:class|struct|interface|enum|record(?:\s+(?:class|struct))?|trait|impl(?:<[^>]*>)?|module|protocol|object|def|func(?:\s*\([^)]*\))?|function|fn|sub)\s+(?<name>[\p{L}_][\p{L}\p{N}_.:]*)",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Declaration();
}
