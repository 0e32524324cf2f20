using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Bytes;

/// <summary>Puts a stream that cannot seek into a temporary file that is gone when closed.</summary>
internal static class Spool
{
    /// <summary>Makes an empty temporary file that is gone when closed. Only its owner may read it; a program that is started may do so by its path.</summary>
    /// <returns>The file; owned by the caller.</returns>
    public static FileStream Create()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read | FileShare.Delete,
            BufferSize = 64 * 1024,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(Path.Combine(Path.GetTempPath(), $"sluice-{Guid.NewGuid():N}"), options);
    }

    /// <summary>Copies <paramref name="stream"/>.</summary>
    /// <returns>The file, at its beginning; owned by the caller.</returns>
    /// <exception cref="DocumentRejectedException">It is larger than <see cref="ParsingOptions.MaxWholeDocumentBytes"/>.</exception>
    public static async ValueTask<FileStream> CopyAsync(Stream stream, ParsingOptions options, CancellationToken cancellationToken)
    {
        var spool = Create();
        try
        {
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (spool.Length + read > options.MaxWholeDocumentBytes)
                {
                    throw new DocumentRejectedException(Rejection.Skip(
                        Reasons.TooLarge,
                        $"larger than {options.MaxWholeDocumentBytes:N0} bytes, the limit for packed formats; raise sluice.parsing.max-whole-document-bytes to read it"));
                }

                await spool.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }

            spool.Position = 0;
            return spool;
        }
        catch
        {
            await spool.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
