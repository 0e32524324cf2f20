using System.Globalization;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing;

/// <summary>A place in words, for messages.</summary>
internal static class PlaceText
{
    /// <summary>The most telling coordinate: <c>page 3</c>, <c>row 7</c>, <c>line 12</c>.</summary>
    public static string Of(Place place) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(place.Page is { } page ? $"page {page}" : place.Row is { } row ? $"row {row}" : place.Line is { } line ? $"line {line}" : $"character {place.End}")}{(place.Part is { } part ? $" of {part}" : string.Empty)}");
}
