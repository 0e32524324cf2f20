namespace Sluice.Hosting.Cli.Text;

/// <summary>Colours, where they are shown.</summary>
/// <param name="enabled">Whether they are.</param>
internal readonly struct Ansi(bool enabled)
{
    /// <summary>Whether they are shown.</summary>
    public bool Enabled => enabled;

    /// <summary>Heavy.</summary>
    /// <param name="text">The text.</param>
    /// <returns>It, heavy.</returns>
    public string Bold(string text) => Wrap("1", text);

    /// <summary>Pale.</summary>
    /// <param name="text">The text.</param>
    /// <returns>It, pale.</returns>
    public string Dim(string text) => Wrap("2", text);

    /// <summary>For places.</summary>
    /// <param name="text">The text.</param>
    /// <returns>It, coloured.</returns>
    public string Place(string text) => Wrap("36", text);

    /// <summary>For words that were searched.</summary>
    /// <param name="text">The text.</param>
    /// <returns>It, coloured.</returns>
    public string Match(string text) => Wrap("1;33", text);

    /// <summary>For what is right.</summary>
    /// <param name="text">The text.</param>
    /// <returns>It, coloured.</returns>
    public string Good(string text) => Wrap("32", text);

    /// <summary>For what is wrong.</summary>
    /// <param name="text">The text.</param>
    /// <returns>It, coloured.</returns>
    public string Bad(string text) => Wrap("31", text);

    private string Wrap(string code, string text) => enabled && text.Length > 0 ? $"\u001b[{code}m{text}\u001b[0m" : text;
}
