using System.Globalization;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking;

/// <summary>
/// Chunks one document. Holds at most a section's pieces and what the next chunk needs. Sections of one run (same headings, same table) may share a chunk; a new
/// run begins a new chunk, unless what waits is tiny or nothing but headings.
/// </summary>
internal sealed class ChunkSession(ChunkingPlan plan, DocumentId document) : IChunkSession
{
    private const int LongestTitle = 300;

    private readonly SectionSplitter _splitter = new(plan);
    private readonly PieceWindow _window = new(plan);
    private readonly ChunkAssembler _assembler = new(plan);
    private readonly HeadingContext _context = new(plan);
    private readonly ChunkFacts _facts = new();
    private readonly OccurrenceCounter _occurrences = new();
    private Section? _previous;
    private Run _run = Run.None;
    private string? _header;
    private int _headerCost;

    public void Add(Section section, ICollection<Chunk> ready)
    {
        ArgumentNullException.ThrowIfNull(section);
        ArgumentNullException.ThrowIfNull(ready);
        if (section.Kind == SectionKind.Title)
        {
            TakeTitle(section);
            return;
        }

        if (string.IsNullOrWhiteSpace(section.Text))
        {
            // Blank, but still a break between words.
            _previous = section.Continues && _previous is not null ? _previous with { Text = " " } : _previous;
            return;
        }

        var continues = section.Continues && _previous is not null;
        if (!continues)
        {
            BeginRun(section, ready);
            TakeHeader(section);
        }

        var first = _window.Pieces.Count;
        _splitter.Split(new PieceSource(section, section.TableHeader is null ? 0 : _headerCost), LevelBefore(section, continues), _window.Pieces);
        _window.Appended(first);
        _previous = section;
        Drain(ready);
    }

    public void Complete(ICollection<Chunk> ready)
    {
        ArgumentNullException.ThrowIfNull(ready);
        Flush(ready);
        _previous = null;
    }

    private void TakeTitle(Section section)
    {
        var title = section.Text.AsSpan().Trim();
        if (title.Length > LongestTitle)
        {
            title = title[..(char.IsHighSurrogate(title[LongestTitle - 1]) ? LongestTitle - 1 : LongestTitle)];
        }

        _context.Title = title.IsEmpty ? null : title.ToString();
        _facts.DocumentMetadata = section.Metadata;
    }

    private CutLevel LevelBefore(Section section, bool continues)
    {
        if (continues)
        {
            var torn = !char.IsWhiteSpace(section.Text[0]) && !char.IsWhiteSpace(_previous!.Text[^1]);
            return torn ? CutLevel.Character : CutLevel.Word;
        }

        return _previous?.Kind == SectionKind.Heading && section.Kind != SectionKind.Heading && _window.Count > 0 ? CutLevel.Glue : CutLevel.Paragraph;
    }

    private void BeginRun(Section section, ICollection<Chunk> ready)
    {
        var run = Run.Of(section);
        if (plan.Mode == ChunkingMode.Structure && !run.Equals(_run))
        {
            var tiny = _window.Overlap == 0 && _window.Cost < plan.Minimum && _run.MayJoin(run);
            if (!tiny && !_window.OnlyHeadings)
            {
                Flush(ready);
            }
        }

        _run = run;
    }

    /// <summary>Measures a new table's header; one that is too long to be repeated becomes a row of its own, once.</summary>
    private void TakeHeader(Section section)
    {
        if (section.TableHeader is null || string.Equals(section.TableHeader, _header, StringComparison.Ordinal))
        {
            return;
        }

        _header = section.TableHeader;
        if (string.IsNullOrWhiteSpace(_header) || plan.Mode != ChunkingMode.Structure)
        {
            _headerCost = 0;
            return;
        }

        _headerCost = _header.Length > plan.MaxTableHeader * ChunkingPlan.CharactersPerToken ? int.MaxValue : Math.Max(1, _splitter.Count(_header));
        if (_headerCost > plan.MaxTableHeader)
        {
            _headerCost = 0;
            var row = section with { Text = _header, TableHeader = null, Place = section.Place with { End = section.Place.Start } };
            var first = _window.Pieces.Count;
            _splitter.Split(new PieceSource(row, 0), CutLevel.Paragraph, _window.Pieces);
            _window.Appended(first);
        }
    }

    private void Drain(ICollection<Chunk> ready)
    {
        while (_window.Cost > plan.Room + plan.Minimum)
        {
            Emit(last: false, ready);
        }
    }

    private void Flush(ICollection<Chunk> ready)
    {
        while (_window.HasNew)
        {
            Emit(last: true, ready);
        }

        _window.Clear();
    }

    private void Emit(bool last, ICollection<Chunk> ready)
    {
        var first = _window[_window.Overlap].Source.Section;
        var context = _context.For(first.HeadingPath, first.Kind == SectionKind.Heading ? first.Text : null, out var contextCost);
        var room = Math.Max(1, plan.Room - contextCost);
        var limit = room;
        int cut;
        while (true)
        {
            cut = _window.ChooseCut(room, limit, last);
            _assembler.Assemble(_window, cut, context);
            var excess = _assembler.Tokens.Length - plan.Size;
            if (excess <= 0)
            {
                break;
            }

            if (cut > _window.Overlap + 1)
            {
                limit = Math.Max(1, Math.Min(limit - excess, _window.CostOf(cut) - 1));
            }
            else if (_window.Overlap > 0)
            {
                _window.DropOverlap();
            }
            else if (_splitter.TryHalve(_window[0], out var left, out var right))
            {
                _window.Replace(0, left, right);
            }
            else if (context.Length > 0)
            {
                context = "";
            }
            else if (_assembler.Tokens.Length <= plan.MaxTokens)
            {
                break;
            }
            else
            {
                throw TooLong(first);
            }
        }

        ready.Add(MakeChunk(cut));
        _window.Take(cut);
    }

    private Chunk MakeChunk(int cut)
    {
        var id = ChunkId.Create(document, _assembler.Embedded, _occurrences.Next(_assembler.Embedded));
        var facts = _facts.Of(_window, cut);
        return new Chunk(id, _assembler.Text.ToString(), _assembler.Tokens.ToArray(), facts.Place)
        {
            HeadingPath = facts.HeadingPath,
            Title = _context.Title,
            Metadata = facts.Metadata,
        };
    }

    private DocumentRejectedException TooLong(Section section) => new(Rejection.Dead(
        Reasons.EmbeddingFailed,
        string.Create(
            CultureInfo.InvariantCulture,
            $"a single character at {section.Place.Start} (line {section.Place.Line}) takes {_assembler.Tokens.Length} tokens, more than the {plan.MaxTokens} the model can take; use a model that takes more")));
}
