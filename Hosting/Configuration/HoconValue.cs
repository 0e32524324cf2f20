namespace Sluice.Hosting.Configuration;

/// <summary>A value as written: one text, or a list of them. <see cref="Text"/> is null for <c>null</c>.</summary>
/// <param name="Text">The text of a scalar.</param>
/// <param name="Items">The items of a list; null for a scalar.</param>
internal sealed record HoconValue(string? Text, IReadOnlyList<string>? Items = null)
{
    /// <inheritdoc/>
    public override string ToString() => Items is null ? Text ?? "null" : $"[{string.Join(", ", Items)}]";
}

/// <summary>A leaf of a configuration file.</summary>
/// <param name="Path">Its full path: <c>sluice.parsing.max-nesting</c>.</param>
/// <param name="Value">Its value.</param>
/// <param name="Line">Line it stands on, from 1.</param>
internal sealed record HoconSetting(string Path, HoconValue Value, int Line);

/// <summary>A configuration file, read.</summary>
/// <param name="Settings">The leaves below <c>sluice</c>, in file order; the last of a path counts.</param>
/// <param name="AkkaText">Everything else, as written, for Akka.NET's own parser; empty when there is nothing else.</param>
/// <param name="OtherRoots">First segments of what is not below <c>sluice</c>, with their lines.</param>
internal sealed record HoconFile(IReadOnlyList<HoconSetting> Settings, string AkkaText, IReadOnlyList<(string Name, int Line)> OtherRoots);
