namespace Voxeltron.Tests.Support.Histories;

/// <summary>The log's claim: this operation of the history took effect at this place of the total order.</summary>
public readonly record struct CommitPosition(long Seq, int Operation);
