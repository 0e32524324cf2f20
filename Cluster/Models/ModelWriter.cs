using System.Security.Cryptography;

namespace Sluice.Cluster.Models;

/// <summary>Writes a model that comes from another node beside its place, and moves it there when every file's hash is right. For one writer.</summary>
internal sealed class ModelWriter
{
    private readonly string _place;
    private readonly string _part;
    private readonly Dictionary<string, ModelFile> _expected;
    private FileStream? _file;
    private string _path = "";

    public ModelWriter(string place, IReadOnlyList<ModelFile> files)
    {
        _place = place;
        _part = $"{place}.{Guid.NewGuid():N}.part";
        _expected = files.ToDictionary(static file => file.Path, StringComparer.Ordinal);
        Directory.CreateDirectory(_part);
    }

    /// <summary>Writes a piece; those of a file come in order.</summary>
    /// <exception cref="InvalidDataException">The piece is not of the model.</exception>
    public async Task WriteAsync(FilePiece piece)
    {
        if (!_expected.TryGetValue(piece.Path, out var file) || piece.Path.Split('/').Contains("..", StringComparer.Ordinal) || Path.IsPathRooted(piece.Path) || piece.Offset + piece.Data.Length > file.Length)
        {
            throw new InvalidDataException($"'{piece.Path}' is not a file of the model");
        }

        if (!piece.Path.Equals(_path, StringComparison.Ordinal))
        {
            await CloseAsync().ConfigureAwait(false);
            var path = Path.Combine(_part, piece.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            (_path, _file) = (piece.Path, new FileStream(path, FileMode.Create, FileAccess.Write));
        }

        if (_file!.Position != piece.Offset)
        {
            throw new InvalidDataException($"a piece of '{piece.Path}' is missing before byte {piece.Offset}");
        }

        await _file.WriteAsync(piece.Data).ConfigureAwait(false);
    }

    /// <summary>Checks and moves, or clears away.</summary>
    /// <param name="writing">How the writing ended.</param>
    /// <returns>What is wrong, in words; null when the model is in its place.</returns>
    public string? Complete(Task writing)
    {
        _file?.Dispose();
        try
        {
            if (writing.Exception is { } failed)
            {
                return $"copying it broke off: {failed.GetBaseException().Message}";
            }

            foreach (var file in _expected.Values)
            {
                var path = Path.Combine(_part, file.Path);
                if (!File.Exists(path) || new FileInfo(path).Length != file.Length)
                {
                    return $"'{file.Path}' did not arrive whole";
                }

                using var stream = File.OpenRead(path);
                if (!SHA256.HashData(stream).AsSpan().SequenceEqual(file.Sha256.Span))
                {
                    return $"the hash of '{file.Path}' is wrong";
                }
            }

            if (!Directory.Exists(_place))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_place)!);
                Directory.Move(_part, _place);
            }

            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"it cannot be written to '{_place}': {exception.Message}";
        }
        finally
        {
            if (Directory.Exists(_part))
            {
                Directory.Delete(_part, recursive: true);
            }
        }
    }

    private ValueTask CloseAsync() => _file?.DisposeAsync() ?? ValueTask.CompletedTask;
}
