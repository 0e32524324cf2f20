using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Sluice.Actors.Storage.Sqlite;

/// <summary>
/// A prepared statement: bind values from left to right, step, read columns. Disposing it makes it ready for its next use; its session owns it. Binds and reads
/// spans, so a row costs no garbage beyond the strings asked for. Not safe for concurrent use.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _bound;

    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v2(database, sql, out _statement));
    }

    /// <summary>Rows that the last statement on this connection changed.</summary>
    public int Changes => raw.sqlite3_changes(_database);

    public SqliteStatement Bind(long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, ++_bound, value));
        return this;
    }

    public SqliteStatement Bind(long? value) => value is { } number ? Bind(number) : BindNull();

    public SqliteStatement Bind(double value)
    {
        Check(raw.sqlite3_bind_double(_statement, ++_bound, value));
        return this;
    }

    public SqliteStatement Bind(string? value)
    {
        if (value is null)
        {
            return BindNull();
        }

        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(value.Length));
        var length = Encoding.UTF8.GetBytes(value, rented);
        var code = raw.sqlite3_bind_text(_statement, ++_bound, rented.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(rented);
        Check(code);
        return this;
    }

    public SqliteStatement Bind(ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(_statement, ++_bound, value));
        return this;
    }

    /// <summary>Binds the 16 bytes in network order, so that ids sort as they print.</summary>
    [SkipLocalsInit]
    public SqliteStatement Bind(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Bind(bytes);
    }

    public SqliteStatement BindNull()
    {
        Check(raw.sqlite3_bind_null(_statement, ++_bound));
        return this;
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>False at the end.</returns>
    public bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        if (code != raw.SQLITE_DONE)
        {
            Fail(code);
        }

        return false;
    }

    /// <summary>Runs to the end and gets ready to be bound again.</summary>
    /// <returns>Rows changed.</returns>
    public int Run()
    {
        try
        {
            while (Step())
            {
            }

            return Changes;
        }
        finally
        {
            Reset();
        }
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    public int Int32(int column) => raw.sqlite3_column_int(_statement, column);

    public long? NullableInt64(int column) => IsNull(column) ? null : Int64(column);

    public double Double(int column) => raw.sqlite3_column_double(_statement, column);

    /// <summary>The bytes of a blob or text; valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(_statement, column);

    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    public string? NullableText(int column) => IsNull(column) ? null : Text(column);

    public Guid Guid(int column) => new(Bytes(column), bigEndian: true);

    /// <summary>Gets ready to be bound again.</summary>
    public void Reset()
    {
        // The result repeats the error of the last step, which was thrown there.
        _ = raw.sqlite3_reset(_statement);
        _ = raw.sqlite3_clear_bindings(_statement);
        _bound = 0;
    }

    public void Dispose() => Reset();

    /// <summary>Ends the statement for good.</summary>
    public void Close() => _statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            Fail(code);
        }
    }

    private void Fail(int code)
    {
        var message = raw.sqlite3_errmsg(_database).utf8_to_string();
        var extended = raw.sqlite3_extended_errcode(_database);
        throw code == raw.SQLITE_ERROR && message.Contains("sqlite-vec", StringComparison.Ordinal) && IsFull()
            ? new SqliteException(message, raw.SQLITE_FULL, raw.SQLITE_FULL)
            : new SqliteException(message, code & 0xFF, extended);
    }

    /// <summary>Whether there was no room: sqlite-vec reports any failure below it as an error of its own.</summary>
    private bool IsFull()
    {
        const int pagesOfABlock = 1024; // The largest vectors, and room to spare.
        return ReadNumber("PRAGMA max_page_count") - ReadNumber("PRAGMA page_count") < pagesOfABlock
            || new DriveInfo(raw.sqlite3_db_filename(_database, "main").utf8_to_string()).AvailableFreeSpace < pagesOfABlock * SqliteSchema.PageSize;
    }

    private long ReadNumber(string sql)
    {
        var statement = new SqliteStatement(_database, sql);
        try
        {
            return statement.Step() ? statement.Int64(0) : 0;
        }
        finally
        {
            statement.Close();
        }
    }
}
