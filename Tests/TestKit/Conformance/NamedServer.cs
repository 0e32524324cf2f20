namespace Sluice.TestKit.Conformance;

/// <summary>A real database that an environment variable names, for the conformance suite instead of a simulator.</summary>
public static class NamedServer
{
    /// <summary>The address of a collection that nobody else has, on the server that the variable names.</summary>
    /// <param name="variable">The variable: an address without a collection, <c>qdrant://HOST:6333?api-key-file=FILE</c>.</param>
    /// <param name="more">Parameters that are added, without <c>?</c>; empty for none.</param>
    /// <returns>The address; null when the variable is not set.</returns>
    public static string? NewCollection(string variable, string more = "")
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } server)
        {
            return null;
        }

        var question = server.IndexOf('?', StringComparison.Ordinal);
        var (place, parameters) = question < 0 ? (server, "") : (server[..question], server[(question + 1)..]);
        var all = string.Join('&', new[] { parameters, more }.Where(static part => part.Length > 0));
        return $"{place.TrimEnd('/')}/sluice-{Guid.NewGuid():N}{(all.Length > 0 ? "?" : "")}{all}";
    }
}
