using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Sluice.Hosting.Configuration;

/// <summary>Environment variables in which every name that is asked for has some value: for checking settings that are used on another machine.</summary>
internal sealed class PresentVariables(IReadOnlyDictionary<string, string> known) : IReadOnlyDictionary<string, string>
{
    public int Count => known.Count;

    public IEnumerable<string> Keys => known.Keys;

    public IEnumerable<string> Values => known.Values;

    public string this[string key] => known.TryGetValue(key, out var value) ? value : "unknown-here";

    public bool ContainsKey(string key) => true;

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        value = this[key];
        return true;
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => known.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
