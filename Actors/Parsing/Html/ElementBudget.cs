using AngleSharp.Dom;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Html;

/// <summary>
/// Counts the elements of a page while its tree is built and stops it at the limit: a tree takes some 400 bytes an element, and a page of a few hundred kilobytes can
/// ask for millions. Formatting that is left open is opened again in every block that follows (HTML Standard, 13.2.4.3). The parser does not tell of those copies: they
/// are what stands in an element although none was made since. Not safe for concurrent use.
/// </summary>
internal sealed class ElementBudget(ParsingOptions options, CancellationToken cancellationToken)
{
    private long _count;
    private IElement? _last;

    /// <summary>An element has been made; it is not in the tree yet.</summary>
    /// <param name="element">The element.</param>
    /// <exception cref="DocumentRejectedException">There are too many now.</exception>
    public void Add(IElement element)
    {
        _count++;
        for (var copy = _last?.LastElementChild; copy is not null; copy = copy.LastElementChild)
        {
            _count++;
        }

        _last = element;
        if (_count > options.MaxElements)
        {
            throw new DocumentRejectedException(Rejection.Dead(
                Reasons.Bomb,
                $"a page of more than {options.MaxElements:N0} elements, counted with those that formatting left open adds; raise sluice.parsing.max-elements, at some 400 bytes of memory each, then `sluice dead replay` to read it"));
        }

        if ((_count & 0x3FF) == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
