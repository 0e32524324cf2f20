using System.Globalization;
using System.Runtime.CompilerServices;
using Sluice.Actors.Sinks.Sqlite;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Sinks.Files;

/// <summary>
/// Makes the files of a folder equal to a working copy. Each is written beside its place, flushed to the disk and renamed when it is whole; one that would be the same is left
/// alone. The manifest comes last, then files that it does not name are removed. Interrupted anywhere, every file under its final name is whole.
/// </summary>
internal sealed class FilePublisher(FileSinkAddress address, IRecordFileFormat format, SqliteSink work)
{
    private const int PageRecords = 1_000;
    private const int BufferBytes = 256 * 1024;

    /// <summary>Publishes.</summary>
    /// <exception cref="StorageException">A file cannot be written.</exception>
    public async Task PublishAsync(CollectionInfo collection, CancellationToken cancellationToken)
    {
        try
        {
            var before = Manifest.Read(address.Folder)?.Parts.ToDictionary(static part => part.File, StringComparer.Ordinal) ?? [];
            var parts = new List<Manifest.Part>();
            for (long first = 0; await work.ReadRecordsFromAsync(first, long.MaxValue, 1, cancellationToken).ConfigureAwait(false) is { Count: > 0 } next;)
            {
                // A file's place is that of its records' numbers, so that a change in one changes no other.
                var index = (next[0].Number - 1) / address.Rows;
                first = (index + 1) * address.Rows;
                parts.Add(await WriteAsync(index, before, collection, cancellationToken).ConfigureAwait(false));
            }

            var manifest = new Manifest
            {
                Format = format.Name,
                Model = collection.ModelName,
                Fingerprint = collection.ModelFingerprint,
                Kind = collection.Kind.ToString(),
                Dimension = collection.Dimension,
                Distance = collection.Distance.ToString(),
                Records = parts.Sum(static part => part.Records),
                Parts = parts,
            };
            await ReplaceAsync(Manifest.FileName, stream => stream.WriteAsync(manifest.ToBytes(), cancellationToken).AsTask()).ConfigureAwait(false);
            RemoveOthers([.. parts.Select(static part => part.File)]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"The files in {address.Folder} cannot be written: {exception.Message} Nothing is lost: run the same command again when they can.", exception);
        }
    }

    private async Task<Manifest.Part> WriteAsync(long index, Dictionary<string, Manifest.Part> before, CollectionInfo collection, CancellationToken cancellationToken)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"part-{index:00000}.{format.Name}");
        var (temporary, count) = (Path.Join(address.Folder, $".{name}.tmp"), new Counter());
        Manifest.Part part;
        var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes, FileOptions.Asynchronous);
        await using (file.ConfigureAwait(false))
        {
            var hashing = new HashingStream(file);
            await using (hashing.ConfigureAwait(false))
            {
                await format.WriteAsync(hashing, collection, PagesAsync(index, count, cancellationToken), cancellationToken).ConfigureAwait(false);
                part = new Manifest.Part(name, count.Records, hashing.Length, hashing.Hash);
            }

            file.Flush(flushToDisk: true);
        }

        var target = Path.Join(address.Folder, name);
        if (before.GetValueOrDefault(name) == part && new FileInfo(target) is { Exists: true } same && same.Length == part.Bytes)
        {
            File.Delete(temporary);
        }
        else
        {
            File.Move(temporary, target, overwrite: true);
        }

        return part;
    }

    private async IAsyncEnumerable<IReadOnlyList<VectorRecord>> PagesAsync(long index, Counter count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (after, end) = (index * address.Rows, (index + 1) * address.Rows);
        while (await work.ReadRecordsFromAsync(after, end, PageRecords, cancellationToken).ConfigureAwait(false) is { Count: > 0 } page)
        {
            after = page[^1].Number;
            count.Records += page.Count;
            yield return page.ConvertAll(static record => record.Record);
        }
    }

    private async Task ReplaceAsync(string name, Func<Stream, Task> write)
    {
        var temporary = Path.Join(address.Folder, $".{name}.tmp");
        var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 4_096, FileOptions.Asynchronous);
        await using (file.ConfigureAwait(false))
        {
            await write(file).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, Path.Join(address.Folder, name), overwrite: true);
    }

    private void RemoveOthers(HashSet<string> kept)
    {
        foreach (var path in Directory.EnumerateFiles(address.Folder, $"part-*.{format.Name}").Concat(Directory.EnumerateFiles(address.Folder, ".part-*.tmp")))
        {
            if (!kept.Contains(Path.GetFileName(path)))
            {
                File.Delete(path);
            }
        }
    }

    private sealed class Counter
    {
        public long Records { get; set; }
    }
}
