using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Storage.Sqlite;

/// <summary>How a SQLite file is written and read. Shared by the sink and the ledger of one file: whoever opens it first decides.</summary>
public sealed class SqliteOptions
{
    /// <summary>
    /// Whether each commit waits for the disk. Without it (the default) a commit survives the death of the process at any moment, and a power cut may take the
    /// last commits away, never tear one; sink and ledger in one file then go back together, and the next run does the lost tail again.
    /// Set it when the sink and the ledger are different files and power cuts must be survived.
    /// </summary>
    public bool SynchronousCommit { get; set; }

    /// <summary>Most bytes of writes that wait for the writer; more callers wait their turn. Default 64 MiB; 1 KiB to 4 GiB.</summary>
    [Range(1L << 10, 1L << 32)]
    public long MaxQueuedBytes { get; set; } = 64L << 20;

    /// <summary>Most writes that wait for the writer. Default 256; 1 to 65,536.</summary>
    [Range(1, 65_536)]
    public int MaxQueuedWrites { get; set; } = 256;

    /// <summary>Most reads at once, each on a connection of its own. Default 4; 1 to 64.</summary>
    [Range(1, 64)]
    public int MaxReaders { get; set; } = 4;

    /// <summary>How long a write waits for another process that writes the same file. Default 30 seconds; 0 to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of page cache of the writer; each reader has a quarter of it. Default 8 MiB; 1 MiB to 4 GiB.</summary>
    [Range(1L << 20, 1L << 32)]
    public long CacheBytes { get; set; } = 8L << 20;

    /// <summary>Size the write-ahead log is kept near, in bytes: when it is reached, the log goes into the database. Default 16 MiB; 1 MiB to 4 GiB.</summary>
    [Range(1L << 20, 1L << 32)]
    public long LogBytes { get; set; } = 16L << 20;

    /// <summary>Most pages of 8 KiB the file may grow to; 0 for no limit, which is the default.</summary>
    [Range(0, uint.MaxValue - 2)]
    public long MaxPages { get; set; }

    /// <summary>The same settings with another <see cref="SynchronousCommit"/>.</summary>
    internal SqliteOptions With(bool synchronousCommit)
    {
        var copy = (SqliteOptions)MemberwiseClone();
        copy.SynchronousCommit = synchronousCommit;
        return copy;
    }
}
