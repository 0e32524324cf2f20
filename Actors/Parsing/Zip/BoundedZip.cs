using System.IO.Compression;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Zip;

/// <summary>
/// A zip archive whose every entry is read under the limits of <see cref="ParsingOptions"/>: entries are counted before the directory is loaded, bytes are counted
/// as they are inflated (what the archive declares is not believed), per entry and over the whole archive, again each time that an entry is read. Nothing is ever written to disk under a name of the
/// archive's choosing. Not safe for concurrent use; does not own the stream it is made over.
/// </summary>
internal sealed class BoundedZip : IDisposable
{
    /// <summary>Output that is allowed whatever the ratio.</summary>
    public const long FreeBytes = 16L << 20;

    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries;
    private readonly ParsingOptions _options;
    private readonly long _limit;
    private long _expanded;

    private BoundedZip(ZipArchive archive, long length, ParsingOptions options)
    {
        _archive = archive;
        _options = options;
        _limit = Math.Min(options.MaxExpandedBytes, FreeBytes + (options.MaxExpansionRatio * length));
        _entries = new Dictionary<string, ZipArchiveEntry>(archive.Entries.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var entry in archive.Entries)
        {
            _entries.TryAdd(Normalize(entry.FullName), entry);
        }
    }

    /// <summary>The part that was opened last, for messages.</summary>
    public string CurrentPart { get; private set; } = "the zip directory";

    /// <summary>Opens the archive.</summary>
    /// <param name="stream">A seekable stream; stays open.</param>
    /// <param name="options">Limits.</param>
    /// <returns>The archive.</returns>
    /// <exception cref="DocumentRejectedException">It is encrypted, cut short, or has too many entries.</exception>
    public static BoundedZip Open(Stream stream, ParsingOptions options)
    {
        CompoundFile.Reject(stream);
        ZipDirectory.Check(stream);
        stream.Position = 0;
        ZipArchive? archive = null;
        try
        {
            archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            return new BoundedZip(archive, stream.Length, options);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or ArgumentException or OverflowException)
        {
            archive?.Dispose();
            throw new DocumentRejectedException(
                Rejection.Dead(Reasons.Corrupt, "the zip directory at its end is damaged or missing, as after an interrupted download; fetch the file again"), exception);
        }
    }

    /// <summary>Whether there is an entry of that name, whatever its case.</summary>
    public bool Contains(string name) => _entries.ContainsKey(Normalize(name));

    /// <summary>Bytes that entry says it expands to; 0 when there is none of that name.</summary>
    public long DeclaredLength(string name) => _entries.TryGetValue(Normalize(name), out var entry) ? entry.Length : 0;

    /// <summary>Opens an entry for reading, front to back.</summary>
    /// <param name="name">Its name, whatever its case.</param>
    /// <returns>Its bytes; owned by the caller.</returns>
    /// <exception cref="DocumentRejectedException">It is missing or encrypted. Reading throws the same for a bomb.</exception>
    public Stream OpenPart(string name)
    {
        var key = Normalize(name);
        CurrentPart = key;
        if (!_entries.TryGetValue(key, out var entry))
        {
            throw new DocumentRejectedException(Rejection.Dead(Reasons.Corrupt, $"the part '{Shown(key)}' is missing; save the document again with the program that made it"));
        }

        if (entry.IsEncrypted)
        {
            throw new DocumentRejectedException(Rejection.Dead(Reasons.Encrypted, $"the part '{Shown(key)}' is encrypted; remove the password and ingest it again"));
        }

        try
        {
            var before = 0L;
            return new BoundedPartStream(entry.Open(), key, read =>
            {
                Count(entry, read, read - before);
                before = read;
            });
        }
        catch (InvalidDataException exception)
        {
            throw PackageErrors.Explain(exception, key)!;
        }
    }

    /// <inheritdoc cref="OpenPart"/>
    /// <returns>Its bytes, or null when there is no such entry.</returns>
    public Stream? TryOpenPart(string name) => Contains(name) ? OpenPart(name) : null;

    /// <summary>Counts text that the document repeats by referring to it, as if it had been inflated again.</summary>
    /// <param name="bytes">How much, in bytes or characters.</param>
    /// <exception cref="DocumentRejectedException">With it, the document expands beyond what is allowed.</exception>
    public void Charge(long bytes)
    {
        if ((_expanded += bytes) > _limit)
        {
            throw Bomb($"what is read of it, lastly the part '{Shown(CurrentPart)}', expands");
        }
    }

    public void Dispose() => _archive.Dispose();

    /// <summary>A name fit for a message: short, without control characters.</summary>
    internal static string Shown(string name) =>
        string.Concat((name.Length <= 120 ? name : name[..120] + "…").Select(static c => char.IsControl(c) ? '?' : c));

    private static string Normalize(string name) => name.Replace('\\', '/').TrimStart('/');

    private void Count(ZipArchiveEntry entry, long read, long more)
    {
        if (read > FreeBytes + (_options.MaxExpansionRatio * entry.CompressedLength))
        {
            throw Bomb($"the part '{Shown(entry.FullName)}' expands");
        }

        Charge(more);
    }

    private DocumentRejectedException Bomb(string what) => new(Rejection.Dead(
        Reasons.Bomb,
        $"{what} beyond {_options.MaxExpansionRatio:N0} times its size or {_options.MaxExpandedBytes:N0} bytes in all; raise sluice.parsing.max-expansion-ratio or max-expanded-bytes if it can be trusted, then `sluice dead replay`"));
}
